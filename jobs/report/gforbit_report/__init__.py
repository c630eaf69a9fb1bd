"""The report about result files: `command` is the program, the other modules make its figures, one module a subject. A
function that makes one takes a gforbit.ResultFile (or several) and returns a `style.Figure`, or None where the file has
nothing to show."""
