"""Figures of the report, one module a subject. Each function takes a gforbit.ResultFile (or several) and returns a
`style.Figure`, or None where the file has nothing to show."""
