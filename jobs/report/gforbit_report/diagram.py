"""A register as engineers draw it: cells in a row, taps, products and a line of adders back to the newest cell."""

from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from . import registers, style

MAX_TERMS = 14
CELL, GAP = 1.0, 0.9
ADDER = 0.2


def shift_register(result, row):
    """The shift register diagram of a register; None where its feedback has too many terms to be drawn."""
    register = result.registers.loc[row]
    terms = registers.parse(register.feedback)
    if not terms or len(terms) > MAX_TERMS:
        return None
    degree = int(register.degree)
    places = _places(degree, {c for t in terms for c in t.exponents})
    taps = sum(len(t.exponents) for t in terms)
    products = [t for t in terms if len(t.exponents) > 1]
    top = 1.35 + 0.55 * len(products)
    width = max(places.values()) + CELL
    span = max(width + 3.4, 14.0)
    inches = (2 if span > 15 else 1) * style.WIDTH
    figure, ax = style.plt.subplots(figsize=(inches, inches * (top + 1.9) / span), layout="constrained")
    _draw_cells(ax, places, degree)
    _draw_terms(ax, terms, places, top, width)
    middle = (width - 0.4) / 2
    ax.set(xlim=(middle - span / 2, middle + span / 2), ylim=(-0.75, top + 0.9), aspect="equal")
    ax.set_title(
        style.plain(style.short(f"Register {register.id}: shift register over GF({register.field_order})", 90))
    )
    ax.axis("off")
    return style.finish(
        figure,
        f"Register {register.id}, f = {style.short(register.feedback, 200)}: {degree} cells, x0 the oldest. "
        "A step moves every cell to the left; "
        f"the sum of {style.count(len(terms), 'term')} with {style.count(taps, 'tap')} becomes the newest cell.",
        wide=True,
    )


def _places(degree, tapped):
    """Left edges of the cells that are drawn: all, or those with taps and their surroundings."""
    if degree <= 24:
        shown = range(degree)
    else:
        shown = sorted(
            {c + k for c in tapped | {0, degree - 1} for k in (-1, 0, 1) if 0 <= c + k < degree}
            if len(tapped) <= 8
            else tapped | {0, degree - 1}
        )
    places, x, last = {}, 0.0, -1
    for cell in shown:
        if cell > last + 1:
            x += GAP
        places[cell] = x
        x += CELL
        last = cell
    return places


def _arrow(ax, start, end):
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=11, color=style.INK, linewidth=1.2, shrinkA=0, shrinkB=0
        )
    )


def _line(ax, xs, ys, color=style.INK):
    ax.plot(xs, ys, color=color, linewidth=1.2, solid_capstyle="round")


def _draw_cells(ax, places, degree):
    last = None
    for cell, x in places.items():
        ax.add_patch(
            Rectangle((x, -0.5 * CELL), CELL, CELL, facecolor=style.SURFACE, edgecolor=style.INK, linewidth=1.2)
        )
        ax.text(x + CELL / 2, 0, f"x{cell}", ha="center", va="center", fontsize=10 if len(places) <= 26 else 8)
        if last is not None and cell > last + 1:
            ax.text(x - GAP / 2, 0, "…", ha="center", va="center", color=style.MUTED)
        last = cell
    _arrow(ax, (0, 0), (-1.0, 0))
    ax.text(-1.1, 0, "out", ha="right", va="center", color=style.MUTED)
    assert last == degree - 1


def _draw_terms(ax, terms, places, top, width):
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
            _tap(ax, x, 0.5, term.exponents[cells[0]])
            joins.append((x, term))
            _line(ax, [x, x], [0.5, top])
            continue
        xs = [column(c) for c in cells]
        track = 0.45 + 0.55 * level
        level += 1
        for c, x in zip(cells, xs):
            _tap(ax, x, 0.5, term.exponents[c])
            _line(ax, [x, x], [0.5, track], style.SERIES[1])
        _line(ax, [xs[0], xs[-1]], [track, track], style.SERIES[1])
        node = (xs[0] + xs[1]) / 2
        while any(abs(node - x) < 0.3 for x, _ in joins):
            node += 0.25
        _line(ax, [node, node], [track, top])
        _gate(ax, node, track, "×", style.SERIES[1])
        joins.append((node, term))
    _draw_sum(ax, joins, top, width)


def _tap(ax, x, y, exponent):
    ax.plot([x], [y], "o", color=style.INK, markersize=3.5)
    if exponent > 1:
        ax.text(x + 0.08, y + 0.12, str(exponent).translate(style.SUPERSCRIPT), fontsize=8, color=style.MUTED)


def _gate(ax, x, y, sign, color):
    ax.add_patch(Circle((x, y), ADDER, facecolor=style.SURFACE, edgecolor=color, linewidth=1.2, zorder=3))
    ax.text(x, y, sign, ha="center", va="center", fontsize=10, zorder=4, color=color)


def _draw_sum(ax, joins, top, width):
    joins.sort(key=lambda join: join[0])
    end = width + 1.0
    _line(ax, [joins[0][0], end, end], [top, top, 0])
    _arrow(ax, (end, 0), (width, 0))
    for i, (x, term) in enumerate(joins):
        constant = not term.exponents
        if i > 0 or constant:
            _gate(ax, x, top, "+", style.INK)
        if constant:
            _line(ax, [x, x], [top + ADDER, top + 0.4])
            ax.text(x, top + 0.45, str(term.coefficient), ha="center", va="bottom", fontsize=9)
        elif term.coefficient != 1:
            ax.text(
                x + 0.1,
                top - 0.42,
                f"·{term.coefficient}",
                ha="left",
                va="center",
                fontsize=9,
                color=style.MUTED,
                zorder=5,
            )
