"""Pictures of any numeric columns of any table: histogram, series and scatter."""

import numpy as np

from . import sampling, style

MAX_COLUMNS = 4
POINTS = 1500
CELLS = 48


def numeric(result, path):
    """Names of the columns that hold measures: numbers, but no rows of other tables and no categories."""
    group = result.h5[path]
    return [
        name
        for name in result.table(path, slice(0, 0)).columns
        if group[name].dtype.kind in "iuf"
        and "flag_meanings" not in group[name].attrs
        and "row in " not in str(group[name].attrs.get("long_name", ""))
        and name != "index"
    ]


def of_table(result, path):
    """A histogram and a series of the first numeric columns of a table.

    Returns
    -------
    list of style.Figure
    """
    if len(result.h5[path]["row"]) < 2:
        return []
    names = numeric(result, path)[:MAX_COLUMNS]
    frame, said = sampling.read(result, path, names) if names else (None, "")
    figures = [figure(frame, name, path, said) for name in names for figure in (series, histogram)]
    return [f for f in figures if f]


def asked(result, path, names):
    """The pictures of ``--plot TABLE:COLUMN`` or ``--plot TABLE:X,Y``.

    Raises
    ------
    KeyError
        There is no such table.
    ValueError
        It has no such column of numbers, or too many are named.
    """
    frame = result.table(path, slice(0, 0))
    known = [n for n in frame if frame[n].dtype.kind in "iuf"]
    wrong = [n for n in names if n not in known]
    if wrong or len(names) not in (1, 2):
        raise ValueError(
            f"--plot {path}:{','.join(names)}: "
            + (f"no column of numbers '{wrong[0]}'" if wrong else "one or two columns")
            + f"; the columns of numbers are: {', '.join(known)}"
        )
    full = next(p for p in (path, f"results/{path}", f"runtime/{path}") if p in result.tables)
    frame, said = sampling.read(result, full, list(names))
    if len(names) == 2:
        return [scatter(frame, *names, full, said)]
    return [f for f in (series(frame, names[0], full, said), histogram(frame, names[0], full, said)) if f]


def _finite(values):
    values = values.to_numpy(dtype=float)
    return values[np.isfinite(values)]


def _left_out(n):
    return f" {style.count(n, 'row')} without a number left out." if n else ""


def histogram(frame, name, path, said):
    """How often values lie where; a bar for each value where there are few whole numbers."""
    values = _finite(frame[name])
    if len(values) == 0:
        return None
    low, high = values.min(), values.max()
    figure, ax = style.axes(2.7)
    if high - low <= 40 and np.all(values == np.round(values)):
        edges = np.arange(low - 0.5, high + 1)
    else:
        edges = np.linspace(low, high if high > low else low + 1, 41)
    counts, _ = np.histogram(values, edges)
    ax.stairs(counts, edges, fill=True, color=style.MEASURED, alpha=0.75)
    ax.set(xlabel=style.plain(style.short(name, 40)), ylabel="rows")
    style.linear_axis(ax.xaxis, ticks=4)
    style.linear_axis(ax.yaxis, integer=True)
    return style.finish(
        figure,
        f"Histogram of {name}",
        f"Table {path}: {style.count(len(values), 'value')} from {style.number(low)} to {style.number(high)}, mean "
        f"{style.number(float(format(values.mean(), '.6g')))}.{_left_out(len(frame) - len(values))}{said}",
    )


def series(frame, name, path, said):
    """Values by row; of long tables smallest, mean and largest of each bin of rows."""
    values = frame[name].to_numpy(dtype=float)
    rows = frame.index.to_numpy()
    finite = np.isfinite(values)
    if not finite.any():
        return None
    values, rows = values[finite], rows[finite]
    figure, ax = style.axes(2.7)
    keys = []
    if len(values) <= POINTS:
        ax.plot(rows, values, "o", color=style.MEASURED, markersize=2.5 if len(values) > 100 else 4)
        what = "Each row a point."
    else:
        bins = np.array_split(np.arange(len(values)), 300)
        x = np.array([rows[b].mean() for b in bins])
        low, mean, high = (np.array([f(values[b]) for b in bins]) for f in (np.min, np.mean, np.max))
        ax.fill_between(x, low, high, color=style.MEASURED, alpha=0.28, linewidth=0)
        ax.plot(x, mean, color=style.MEASURED, linewidth=1.2)
        keys = [
            style.Key("box", style.STEPS[1], "smallest to largest"),
            style.Key("line", style.MEASURED, "mean"),
        ]
        what = f"Binned: {len(bins)} bins of about {style.number(len(values) // len(bins))} rows."
    ax.set(xlabel="row", ylabel=style.plain(style.short(name, 26)))
    style.linear_axis(ax.xaxis, integer=True, ticks=4)
    style.linear_axis(ax.yaxis)
    return style.finish(figure, f"{name} by row", f"Table {path}. {what}{_left_out(int((~finite).sum()))}{said}", keys)


def scatter(frame, first, second, path, said):
    """One column against another; of many rows the number in each cell of a grid."""
    pairs = frame[[first, second]].to_numpy(dtype=float)
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    figure, ax = style.axes(3.4)
    keys = grid(ax, pairs[:, 0], pairs[:, 1])
    ax.set(xlabel=style.plain(style.short(first, 40)), ylabel=style.plain(style.short(second, 26)))
    style.linear_axis(ax.xaxis, ticks=4)
    style.linear_axis(ax.yaxis)
    what = f"Binned: rows in {CELLS} × {CELLS} cells." if keys else "Each row a point."
    return style.finish(
        figure,
        f"{second} by {first}",
        f"Table {path}, {style.count(len(pairs), 'row')}. {what}{_left_out(len(frame) - len(pairs))}{said}",
        keys,
    )


def grid(ax, x, y):
    """Points, or of more than `POINTS` the numbers of them in cells, in colors by powers of ten; returns the legend."""
    if len(x) <= POINTS:
        size, alpha = (5.0, 0.8) if len(x) < 100 else (3.5, 0.6)
        ax.plot(x, y, "o", color=style.MEASURED, markersize=size, alpha=alpha, markeredgewidth=0)
        return []
    counts, x_edges, y_edges = np.histogram2d(x, y, CELLS)
    level = np.ma.masked_equal(np.where(counts > 0, 1 + np.floor(np.log10(np.maximum(counts, 1))), 0), 0)
    top = int(level.max())
    colors = style.steps(top + 1)[1:]
    for k, color in enumerate(colors, 1):  # one path a color instead of one a cell
        columns, rows = np.nonzero(level.filled(0) == k)
        ax.add_collection(_boxes(x_edges, y_edges, columns, rows, color))
    ax.set(xlim=(x_edges[0], x_edges[-1]), ylim=(y_edges[0], y_edges[-1]))
    ranges = ["1–9"] + [f"from {style.number(10**k)}" for k in range(1, top)]
    return [style.Key("box", color, label) for color, label in zip(colors, ranges)]


def _boxes(x_edges, y_edges, columns, rows, color):
    path = style.matplotlib.path.Path
    corners = [
        [(x_edges[i], y_edges[j]), (x_edges[i + 1], y_edges[j]), (x_edges[i + 1], y_edges[j + 1])]
        + [(x_edges[i], y_edges[j + 1]), (x_edges[i], y_edges[j])]
        for i, j in zip(columns, rows)
    ]
    codes = [path.MOVETO, path.LINETO, path.LINETO, path.LINETO, path.CLOSEPOLY]
    compound = path(np.concatenate(corners) if corners else np.zeros((0, 2)), codes * len(corners))
    return style.matplotlib.collections.PathCollection([compound], facecolor=color, edgecolor=color, linewidth=0.3)
