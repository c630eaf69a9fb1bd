"""A register as engineers draw it: cells in a row, taps, products and a line of adders back to the newest cell.

On narrow screens the row stands upright: the same drawing, turned by `Pen`.
"""

from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from . import registers, style

MAX_TERMS = 14
UNIT = 36 / 72
"""Inches of a cell, where there is room."""
CELL, GAP = 1.0, 0.9
ADDER = 0.2
UPRIGHT = 0.66
"""Height of a cell in an upright drawing."""


class Pen:
    """Draws in units of a cell, along the register (x) and away from it (y); upright, x runs down and y to the right."""

    def __init__(self, ax, upright, half):
        self.ax = ax
        self.upright = upright
        self.half = half  # of the extent of a cell away from the register

    def at(self, x, y):
        return (y, -UPRIGHT * x) if self.upright else (x, y)

    def line(self, xs, ys, color=style.INK):
        points = [self.at(x, y) for x, y in zip(xs, ys)]
        self.ax.plot(*zip(*points), color=color, linewidth=1.2, solid_capstyle="round")

    def arrow(self, start, end):
        self.ax.add_patch(
            FancyArrowPatch(
                self.at(*start),
                self.at(*end),
                arrowstyle="-|>",
                mutation_scale=11,
                color=style.INK,
                linewidth=1.2,
                shrinkA=0,
                shrinkB=0,
            )
        )

    def cell(self, x, name):
        h = self.half
        corner, size = ((-h, -UPRIGHT * (x + CELL)), (2 * h, UPRIGHT)) if self.upright else ((x, -h), (CELL, 2 * h))
        self.ax.add_patch(Rectangle(corner, *size, facecolor=style.SURFACE, edgecolor=style.INK, linewidth=1.2))
        self.text(x + CELL / 2, 0, name, fontsize=style.SMALL)

    def text(self, x, y, text, side="on", **options):
        """A text on a point, `before` or `behind` it along the register, or `above` it."""
        ha, va = "center", "center"
        if side == "above":
            ha, va = ("left", "center") if self.upright else ("center", "bottom")
        elif side != "on":
            ends = ("bottom", "top") if self.upright else ("right", "left")
            end = ends[side == "behind"]
            ha, va = ("center", end) if self.upright else (end, "center")
        self.ax.text(*self.at(x, y), text, ha=ha, va=va, **{"fontsize": 10, **options})

    def gate(self, x, y, sign, color):
        self.ax.add_patch(
            Circle(self.at(x, y), ADDER, facecolor=style.SURFACE, edgecolor=color, linewidth=1.2, zorder=3)
        )
        self.text(x, y, sign, zorder=4, color=color)


def shift_register(result, row):
    """The shift register diagram of a register; None where its feedback has too many terms to be drawn."""
    register = result.registers.loc[row]
    terms = registers.parse(register.feedback)
    if not terms or len(terms) > MAX_TERMS:
        return None
    degree = int(register.degree)
    places = _places(degree, {c for t in terms for c in t.exponents})
    span = max(places.values()) + CELL + 3.4
    taps = sum(len(t.exponents) for t in terms)
    label = 0.62 * style.SMALL / 72 * len(f"x{degree - 1}")  # its width in inches
    touching = min(style.WIDE / span, UNIT) < label
    drawings = [_drawing(terms, places, degree, upright) for upright in (touching, True)]
    left_out = degree - len(places)
    return style.finish(
        drawings[0],
        f"Register {register.id}: shift register over GF({register.field_order})",
        f"f = {style.short(register.feedback, 200)}: {style.count(degree, 'cell')}, x0 the oldest. "
        "A step moves every cell one place towards “out”; "
        f"the sum of {style.count(len(terms), 'term')} with {style.count(taps, 'tap')} becomes the newest cell."
        + (f" {style.count(left_out, 'cell')} without tap are drawn as “…”." if left_out else ""),
        wide=True,
        narrow=drawings[1],
    )


def _drawing(terms, places, degree, upright):
    products = [t for t in terms if len(t.exponents) > 1]
    top = 1.35 + 0.55 * len(products)
    width = max(places.values()) + CELL
    half = 0.85 if upright and degree > 1000 else 0.5
    low, high = (-half - 0.25, top + 0.9)
    first, last = -1.9, width + 1.5
    if upright:
        across, along = high - low, UPRIGHT * (last - first)
        inches = style.WIDTH
        unit = min(inches / across, 30 / 72)
        margin = (inches / unit - across) / 2
        size, limits = (inches, along * unit), ((low - margin, high + margin), (-UPRIGHT * last, -UPRIGHT * first))
    else:
        across, along = last - first, high - low
        inches = style.WIDE
        unit = min(inches / across, UNIT)
        margin = (inches / unit - across) / 2
        size, limits = (inches, along * unit), ((first - margin, last + margin), (low, high))
    figure = style.plt.figure(figsize=size)
    ax = figure.add_axes([0, 0, 1, 1])
    ax.set(xlim=limits[0], ylim=limits[1], xlabel="", ylabel="")
    ax.axis("off")
    pen = Pen(ax, upright, half)
    _draw_cells(pen, places, degree)
    _draw_terms(pen, terms, places, top, width)
    return figure


def _places(degree, tapped):
    """Left edges of the cells that are drawn: all, or those with taps and their surroundings."""
    shown = tapped | {0, degree - 1}
    if degree <= 24:
        shown = set(range(degree))
    elif len(tapped) <= 4:
        shown |= {c + k for c in shown for k in (-1, 1) if 0 <= c + k < degree}
    shown |= {c + 1 for c in shown if c + 2 in shown}  # an ellipsis takes as much room as one cell
    places, x, last = {}, 0.0, -1
    for cell in sorted(shown):
        if cell > last + 1:
            x += GAP
        places[cell] = x
        x += CELL
        last = cell
    return places


def _draw_cells(pen, places, degree):
    last = None
    for cell, x in places.items():
        pen.cell(x, f"x{cell}")
        if last is not None and cell > last + 1:
            pen.text(x - GAP / 2, 0, "⋮" if pen.upright else "…", color=style.MUTED)
        last = cell
    pen.arrow((0, 0), (-1.0, 0))
    pen.text(-1.1, 0, "out", "before", color=style.MUTED)
    assert last == degree - 1


def _draw_terms(pen, terms, places, top, width):
    def column(cell):
        return places[cell] + CELL / 2

    joins, level = [], 1.0
    for term in terms:
        cells = sorted(term.exponents)
        if not cells:
            joins.append((width + 0.1, term))
            continue
        if len(cells) == 1:
            x = column(cells[0])
            _tap(pen, x, pen.half, term.exponents[cells[0]])
            joins.append((x, term))
            pen.line([x, x], [pen.half, top])
            continue
        xs = [column(c) for c in cells]
        track = 0.45 + 0.55 * level
        level += 1
        for c, x in zip(cells, xs):
            _tap(pen, x, pen.half, term.exponents[c], "before" if c == cells[0] else "behind")
            pen.line([x, x], [pen.half, track], style.SERIES[1])
        pen.line([xs[0], xs[-1]], [track, track], style.SERIES[1])
        node = (xs[0] + xs[1]) / 2
        while any(abs(node - x) < 0.5 for x, _ in joins):
            node += 0.25
        pen.line([node, node], [track, top])
        pen.gate(node, track, "×", style.SERIES[1])
        joins.append((node, term))
    _draw_sum(pen, joins, top, width)


def _tap(pen, x, y, exponent, side="behind"):
    pen.ax.plot(*[[v] for v in pen.at(x, y)], "o", color=style.INK, markersize=3.5)
    if exponent > 1:
        shift = 0.1 if side == "behind" else -0.1
        pen.text(x + shift, y + 0.25, f"^{exponent}", side, color=style.MUTED)


def _draw_sum(pen, joins, top, width):
    joins.sort(key=lambda join: join[0])
    end = width + 1.0
    pen.line([joins[0][0], end, end], [top, top, 0])
    pen.arrow((end, 0), (width, 0))
    for i, (x, term) in enumerate(joins):
        constant = not term.exponents
        if i > 0 or constant:
            pen.gate(x, top, "+", style.INK)
        if constant:
            pen.line([x, x], [top + ADDER, top + 0.4])
            pen.text(x, top + 0.45, str(term.coefficient), "above")
        elif term.coefficient != 1:
            pen.text(x + 0.1, top - 0.42, f"·{term.coefficient}", "behind", color=style.MUTED, zorder=5)
