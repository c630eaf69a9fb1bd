"""How figures look: one place for sizes, colors and axes.

Figures are SVG inside the page. Colors are drawn as roles and become CSS variables afterwards, so one picture follows
the page between light and dark. Texts stay texts: they can be searched and selected. Titles and legends are HTML, so
that they break into lines on a narrow screen.

A figure is drawn as wide as a phone shows it, and grows on larger screens: no text is smaller than `SMALL` pixels then.
A figure that needs more width is drawn a second time for narrow screens.
"""

import dataclasses
import io
import math
import re

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402  pylint: disable=wrong-import-position

# Roles: a color that nothing else uses, and the CSS variable that takes its place.
INK, MUTED, GRID, SURFACE = "#0a0a01", "#0a0a02", "#0a0a03", "#0a0a04"
SERIES = ["#0a0a11", "#0a0a12", "#0a0a13", "#0a0a14", "#0a0a15"]
STEPS = ["#0a0a21", "#0a0a22", "#0a0a23", "#0a0a24", "#0a0a25", "#0a0a26"]
MEASURED, EXPECTED = SERIES[0], SERIES[1]

VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    GRID: "--grid",
    SURFACE: "--surface",
    **{color: f"--series-{i}" for i, color in enumerate(SERIES, 1)},
    **{color: f"--step-{i}" for i, color in enumerate(STEPS)},
}

SMALL = 9.6
"""Size of the smallest text in a picture."""

SETTINGS = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "figure.facecolor": "none",
    "lines.linewidth": 1.8,
}

plt.rcParams.update(SETTINGS)

WIDTH = 4.4
"""Inches; a column of the page, and the width of a phone."""

WIDE = 11.4
"""Inches; all columns of a page on a large screen."""


@dataclasses.dataclass
class Key:
    """An entry of a legend.

    Attributes
    ----------
    mark : str
        box, line, dash, dot, square, diamond, bar or ring.
    color : str
        A role.
    label : str
    """

    mark: str
    color: str
    label: str

    @property
    def css(self):
        return f"var({VARIABLES[self.color]})"


@dataclasses.dataclass
class Figure:
    """A finished picture.

    Attributes
    ----------
    title : str
    pictures : list of str
        HTML of the picture; two of them where narrow screens have one of their own.
    caption : str
        Sentences that say what is seen, for those who read and those who listen.
    keys : list of Key
        The legend.
    wide : bool
        Wants the full width of the page.
    """

    title: str
    pictures: list
    caption: str
    keys: list = dataclasses.field(default_factory=list)
    wide: bool = False


def axes(height=3.0, width=WIDTH, **arguments):
    """A figure with axes of the report's look, as `plt.subplots`."""
    return plt.subplots(figsize=(width, height), layout="constrained", **arguments)


def finish(figure, title, caption, keys=(), wide=False, narrow=None):
    """The picture of a matplotlib figure; closes the figure.

    Parameters
    ----------
    figure : matplotlib figure
    title, caption : str
    keys : list of Key
    wide : bool
        It is `WIDE`.
    narrow : matplotlib figure, optional
        What narrow screens show instead.
    """
    kind = "broad" if narrow is not None else ""
    pictures = [_svg(figure, title, caption, kind)]
    if narrow is not None:
        pictures.append(_svg(narrow, title, caption, "narrow"))
    return Figure(title, pictures, caption, list(keys), wide)


def _svg(figure, title, caption, kind):
    out = io.StringIO()
    with plt.rc_context({"svg.hashsalt": caption + kind}):
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    plt.close(figure)
    return _inline(out.getvalue(), f"{title}. {caption}", kind)


def _inline(text, spoken, kind):
    svg = text[text.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.S)
    width = float(re.search(r'width="([0-9.]+)pt"', svg).group(1))
    css = f"max-width: {1.75 * width:.0f}px; min-width: {0.95 * width:.0f}px"
    if width > 72 * WIDTH * 1.5 and not kind:  # a wide one without text, which may shrink
        css = f"max-width: {1.6 * width:.0f}px"
    svg = re.sub(
        r'<svg [^>]*viewBox="([^"]*)"[^>]*>',
        rf'<svg viewBox="\1" style="{css}"{_class(kind)} role="img" aria-label="@">',
        svg,
        count=1,
    )
    svg = svg.replace('aria-label="@"', f'aria-label="{escape(spoken)}"', 1)
    svg = re.sub(
        r' id="[A-Za-z0-9.]+_\d+"',  # of artists: the same in every picture, and nothing refers to them
        "",
        svg,
    )
    svg = re.sub(r"(<text [^>]*>)([^<]*)(?=</text>)", lambda found: found[1] + _exponents(found[2]), svg)
    svg = re.sub(r"(\.\d\d)\d+", r"\1", svg)  # a hundredth of a pixel is seen by nobody
    for color, variable in VARIABLES.items():
        svg = svg.replace(color, f"var({variable})")
    return re.sub(r"\n\s*", "\n", svg)


def _exponents(text):
    return POWER.sub(r'10<tspan dy="-0.4em" style="font-size: 8.8px">\1</tspan>', text)


def _class(kind):
    return f' class="{kind}"' if kind else ""


# ---- texts -------------------------------------------------------------------------------------------------


def escape(text):
    """Text for HTML, attributes included."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def plain(text):
    """Text from a file for a picture: a dollar sign begins no formula."""
    return str(text).replace("$", r"\$")


def short(text, length=28):
    """The text, or its beginning and end around an ellipsis: names of a batch often differ at their ends."""
    text = str(text)
    if len(text) <= length:
        return text
    tail = (length - 1) * 2 // 5
    return text[: length - 1 - tail] + "…" + text[-tail:]


POWER = re.compile(r"(?<![\w*])10\^(-?\d+)")
"""A power of ten in a text of this report. Pictures and pages raise the exponent and keep it large enough to be read."""


def power_of_ten(exponent):
    """10^n, and small numbers as they are."""
    exponent = round(exponent)
    return str(10**exponent) if 0 <= exponent <= 3 else f"10^{exponent}"


def raised(text):
    """HTML with the exponents of `POWER` raised."""
    return POWER.sub(r"10<sup>\1</sup>", text)


def number(value):
    """A number for an axis or a caption: digits in groups, no exponent unless it is very large or very small."""
    if value != 0 and not 1e-4 <= abs(value) < 1e9:
        mantissa, exponent = f"{value:.3g}".split("e") if "e" in f"{value:.3g}" else (f"{value:.3g}", "0")
        return f"{mantissa}·10^{int(exponent)}" if int(exponent) else mantissa
    text = f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"
    return text.replace(",", "\u202f")


UNITS = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]


def seconds(value):
    """A time in the unit in which it is read easily."""
    unit, name = time_unit(value)
    return f"{float(f'{value / unit:.3g}'):g} {name}"


def time_unit(value):
    """The largest unit that a time in seconds has at least one of.

    Returns
    -------
    (float, str)
        Seconds of the unit, and its name; minutes and more from two of them on.
    """
    for unit, name in UNITS:
        if value >= unit * (2 if unit > 1 else 0.9995):
            return unit, name
    return (1, "s") if value == 0 else UNITS[-1]


def count(n, noun):
    """`1 item`, `2 items`, `12 000 items`."""
    return f"{n:,} {noun}".replace(",", "\u202f") + ("" if n == 1 else "s")


# ---- axes --------------------------------------------------------------------------------------------------


def linear_axis(axis, integer=False, ticks=5):
    """Round numbers without a common factor beside the axis."""
    axis.set_major_locator(matplotlib.ticker.MaxNLocator(nbins=ticks, integer=integer, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(lambda value, _: number(float(f"{value:.12g}")))


STRIDES = [k * 10**n for n in range(10) for k in (1, 2, 3, 5)]
"""Decades from label to label."""


def log_axis(axis, label=None, ticks=5):
    """Labels of an axis that shows decimal logarithms, where numbers far beyond floating point have a place, too.

    To be called when the limits are what they will be.

    Parameters
    ----------
    axis : matplotlib axis
    label : callable, optional
        Number -> text, such as `seconds`; without it numbers below 1 have no label.
    ticks : int
        About how many labels there may be.
    """
    low, high = sorted(axis.get_view_interval())
    decades = [n for n in range(math.ceil(low), math.floor(high) + 1) if label or n >= 0]
    if high - low > 2.2:
        step = next(s for s in STRIDES if len(decades) <= s * ticks)
        shown = [n for n in decades if n % step == 0]
        axis.set_ticks(shown, [label(10.0**n) if label else power_of_ten(n) for n in shown])
        return
    for multiples, enough in (((1,), 3), ((1, 2, 5), 2), ((1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9), 2)):
        values = [k * 10.0**n for n in range(math.floor(low), math.ceil(high) + 1) for k in multiples]
        values = [v for v in values if low <= math.log10(v) <= high and (label or v >= 1 and v == int(v))]
        if len(values) >= enough:
            break
    else:
        values = [v for v in matplotlib.ticker.MaxNLocator(nbins=3).tick_values(10**low, 10**high) if v > 0]
        values = [v for v in values if low <= math.log10(v) <= high]
    values = _apart(values, (high - low) / (1.5 * ticks))
    axis.set_ticks([math.log10(v) for v in values], [(label or number)(v) for v in values])


def _apart(values, decades):
    """Of positive numbers some that are so far from each other that their texts do not touch, round ones first."""

    def roundness(value):
        digits = f"{value:e}".split("e")[0].rstrip("0.")
        return len(digits), digits not in "125", value

    kept = []
    for value in sorted(values, key=roundness):
        if all(abs(math.log10(value / other)) >= decades for other in kept):
            kept.append(value)
    return sorted(kept)


def row_labels(ax, labels, what, length=24):
    """A text at each row, the first one on top."""
    ax.set(ylabel=what, yticks=range(len(labels)), ylim=(len(labels) - 0.4, -0.6))
    ax.set_yticklabels([plain(short(text, length)) for text in labels])
    ax.grid(axis="y", visible=False)


def stacked_bars(ax, series):
    """Horizontal bars, those of one series behind those of the one before.

    Parameters
    ----------
    ax : matplotlib axes
    series : list of (color, values)
        All of one length and index.
    """
    ends = 0
    for color, values in series:
        ax.barh(range(len(values)), values, 0.72, ends, color=color, edgecolor=SURFACE, linewidth=0.6)
        ends = ends + values


def cells_axis(ax, n_columns, n_rows):
    """Of a matrix of colored cells: the first row on top, no grid."""
    ax.set(xlim=(0, n_columns), ylim=(n_rows, 0))
    ax.grid(False)


def step_keys(labels):
    """Legend of a matrix in `STEPS`, as many of them as there are labels, the lightest first."""
    return [Key("box", color, label) for color, label in zip(steps(len(labels)), labels)]


def steps(n):
    """n colors of `STEPS` that are far from each other, the lightest first."""
    return [STEPS[round(i * (len(STEPS) - 1) / max(n - 1, 1))] for i in range(n)]
