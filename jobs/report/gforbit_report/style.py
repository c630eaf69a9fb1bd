"""How figures look: one place for sizes, colors and axes.

Figures are SVG inside the page. Colors are drawn as roles and become CSS variables afterwards, so one picture follows
the page between light and dark. Texts stay texts: they can be searched and selected.
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
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.facecolor": "none",
    "lines.linewidth": 1.8,
}

plt.rcParams.update(SETTINGS)

WIDTH = 6.4
"""Inches; a column of the page."""


@dataclasses.dataclass
class Figure:
    """A finished picture.

    Attributes
    ----------
    svg : str
        The element, without XML declaration; as wide as its place.
    caption : str
        A sentence that says what is seen, for those who read and those who listen.
    wide : bool
        Wants the full width of the page.
    """

    svg: str
    caption: str
    wide: bool = False


def axes(height=3.6, width=WIDTH, **arguments):
    """A figure with axes of the report's look, as `plt.subplots`."""
    return plt.subplots(figsize=(width, height), layout="constrained", **arguments)


def finish(figure, caption, wide=False):
    """The picture of a matplotlib figure; closes the figure."""
    out = io.StringIO()
    with plt.rc_context({"svg.hashsalt": caption}):
        figure.savefig(out, format="svg", metadata={"Date": None}, transparent=True)
    plt.close(figure)
    return Figure(_inline(out.getvalue(), caption), caption, wide)


def _inline(text, caption):
    svg = text[text.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.S)
    width = float(re.search(r'width="([0-9.]+)pt"', svg).group(1))
    svg = re.sub(
        r'<svg [^>]*viewBox="([^"]*)"[^>]*>',
        rf'<svg viewBox="\1" style="max-width: {1.45 * width:.0f}px; min-width: {0.55 * width:.0f}px" role="img">',
        svg,
        count=1,
    )
    svg = svg.replace('role="img">', f'role="img" aria-label="{escape(caption)}">', 1)
    svg = re.sub(
        r' id="[A-Za-z0-9.]+_\d+"',  # of artists: the same in every picture, and nothing refers to them
        "",
        svg,
    )
    for color, variable in VARIABLES.items():
        svg = svg.replace(color, f"var({variable})")
    return re.sub(r"\n\s*", "\n", svg)


def escape(text):
    """Text for HTML, attributes included."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def plain(text):
    """Text from a file for a picture: a dollar sign begins no formula."""
    return str(text).replace("$", r"\$")


def short(text, length=28):
    text = str(text)
    return text if len(text) <= length else text[: length - 1] + "…"


SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def power_of_ten(exponent):
    """10ⁿ, and small numbers as they are."""
    exponent = round(exponent)
    return str(10**exponent) if 0 <= exponent <= 2 else "10" + str(exponent).translate(SUPERSCRIPT)


def time_axis(axis):
    """Labels of a logarithmic axis of a range that may be short: 1, 2, 5, 10."""
    axis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(lambda *_: "")


def stacked_bars(ax, series):
    """Horizontal bars, those of one series behind those of the one before.

    Parameters
    ----------
    ax : matplotlib axes
    series : dict
        label -> values, all of one length and index; at most as many as there are colors
    """
    ends = 0
    for color, (label, values) in zip(SERIES, series.items()):
        at = range(len(values))
        ax.barh(at, values, 0.72, ends, color=color, label=label, edgecolor=SURFACE, linewidth=0.8)
        ends = ends + values


def legend_below(figure, handles, labels, columns):
    """A legend in a strip of its own under all axes."""
    strip = 0.28 / figure.get_figheight()
    figure.legend(
        handles, labels, ncols=columns, loc="lower left", columnspacing=1.1, handlelength=1.3, handletextpad=0.5
    )
    figure.get_layout_engine().set(rect=(0, strip, 1, 1 - strip))


def count(number, noun):
    """`1 item`, `2 items`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def log_axis(axis):
    """Labels of an axis that shows decimal logarithms, where numbers far beyond floating point have a place, too.

    To be called when the limits are what they will be.
    """
    low, high = axis.get_view_interval()
    if high - low > 2.2:
        axis.set_major_locator(matplotlib.ticker.MaxNLocator(nbins=8, integer=True))
        axis.set_major_formatter(lambda value, _: power_of_ten(value))
    else:
        numbers = [k * 10**n for n in range(max(math.floor(low), 0), math.ceil(high) + 1) for k in (1, 2, 5)]
        axis.set_ticks(
            [math.log10(n) for n in numbers if low <= math.log10(n) <= high],
            [f"{n:,}".replace(",", "\u202f") for n in numbers if low <= math.log10(n) <= high],
        )
