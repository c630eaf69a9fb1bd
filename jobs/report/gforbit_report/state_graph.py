"""The state graph of a register: each cycle a ring, the trees of transient states growing outwards from it.

Up to `MAX_NAMED` states are drawn as circles with their index, more of them as dots and lines, up to `MAX_STATES`.
"""

import math

import numpy as np
from matplotlib.patches import Circle, FancyArrowPatch

from . import registers, style

MAX_NAMED = 64
MAX_STATES = 4096
SPACE = 1.0
RADIUS = 0.36


def state_graph(result, row):
    """All states of a register with at most `MAX_STATES`, and their steps."""
    register = result.registers.loc[row]
    if register.state_count_decimal > MAX_STATES:
        return None
    following = registers.successors(register)
    if following is None:
        return None
    found = cycles_of(following)
    named = len(following) <= MAX_NAMED
    on_cycle = sum(map(len, found))
    title = f"Register {register.id}: its {style.count(len(following), 'state')}"
    how = "states by their index" if named else "each cycle a ring that is run through clockwise"
    transient = len(following) - on_cycle
    trees = f", {style.count(transient, 'transient state')} (gray)" + ("" if named else ", whose steps lead inwards")
    caption = (
        f"State graph, {how}: {style.count(len(found), 'cycle')} (blue) with {style.count(on_cycle, 'state')}"
        f"{trees if transient else ''}."
    )
    if named:
        return _named(following, found, title, caption)
    return style.finish(_dots(following, found), title, caption, wide=len(following) > 512)


# ---- few states --------------------------------------------------------------------------------------------


def _named(following, found, title, caption):
    children = tree_children(following, found)
    components = [place(cycle, children) for cycle in found]
    broad, _ = _drawing(following, found, components, style.WIDE, 1.9)
    narrow, readable = _drawing(following, found, components, style.WIDTH, 0.7)
    if not readable:
        caption += " Small screens show them without index."
    return style.finish(broad, title, caption, wide=True, narrow=narrow)


def _drawing(following, found, components, inches, flatness):
    """A figure, and whether its circles are large enough for the indices."""
    positions, width, height = pack(components, flatness)
    scale = min(inches / width, 7.2 / height if inches > style.WIDTH else 9 / height, 0.62)
    readable = scale * 72 * 2 * RADIUS > 1.3 * style.SMALL
    figure = style.plt.figure(figsize=(inches, scale * height + 0.1))
    ax = figure.add_axes([0, 0, 1, 1])
    on_cycle = {state for cycle in found for state in cycle}
    for state, to in enumerate(following):
        _draw_step(ax, positions, state, to, on_cycle, following)
    for state, (x, y) in positions.items():
        color = style.SERIES[0] if state in on_cycle else style.MUTED
        ax.add_patch(
            Circle(
                (x, y),
                RADIUS,
                facecolor=style.SURFACE,
                edgecolor=color,
                linewidth=1.6 if state in on_cycle else 1.0,
                zorder=3,
            )
        )
        if readable:
            ax.text(x, y, str(state), ha="center", va="center", fontsize=style.SMALL, zorder=4)
    half = inches / scale / 2
    ax.set(xlim=(width / 2 - half, width / 2 + half), ylim=(-0.05 / scale, height + 0.05 / scale))
    ax.axis("off")
    return figure, readable


# ---- many states -------------------------------------------------------------------------------------------


def _dots(following, found):
    """A drawing without names: lines for steps, dots for states where there is room."""
    children = tree_children(following, found)
    components = [place_large(cycle, children) for cycle in found]
    wide = len(following) > 512
    inches, flatness = (style.WIDE, 2.1) if wide else (style.WIDTH, 1.0)
    positions, width, height = pack(components, flatness)
    scale = min(inches / width, (8.0 if wide else 5.0) / height)
    figure = style.plt.figure(figsize=(inches, scale * height + 0.1))
    ax = figure.add_axes([0, 0, 1, 1])
    at = np.array([positions[state] for state in range(len(following))])
    to = at[np.array(following)]
    on_cycle = np.zeros(len(following), dtype=bool)
    on_cycle[[state for cycle in found for state in cycle]] = True
    moved = np.abs(at - to).sum(axis=1) > 0
    thin = 0.6 if len(following) > 1024 else 0.8
    dot = min(max(0.3 * 72 * scale, 1.6), 4.0)
    for own, color, width_of_line in ((~on_cycle, style.MUTED, thin), (on_cycle, style.SERIES[0], 1.3)):
        lines = own & moved
        if lines.any():
            path = style.matplotlib.path.Path(
                np.stack([at[lines], to[lines]], axis=1).reshape(-1, 2), [1, 2] * lines.sum()
            )
            ax.add_patch(
                style.matplotlib.patches.PathPatch(path, facecolor="none", edgecolor=color, linewidth=width_of_line)
            )
        dotted = own if len(following) <= 1024 else own & ~moved
        if dotted.any():
            ax.plot(at[dotted, 0], at[dotted, 1], "o", color=color, markersize=dot, markeredgewidth=0)
    half = inches / scale / 2
    ax.set(xlim=(width / 2 - half, width / 2 + half), ylim=(-0.05 / scale, height + 0.05 / scale))
    ax.axis("off")
    return figure


def place_large(cycle, children):
    """Positions of a component of any size around the origin.

    A tree takes the part of the circle that its leaves need; rings come closer together the more there are. Large
    rings are drawn smaller than their number of states, so that small ones are seen beside them.

    Returns
    -------
    dict of int to (float, float)
    """
    order, depth, leaves = _tree_order(cycle, children)
    deepest = max(depth.values())
    widths = np.array([leaves[root] for root in cycle], dtype=float)
    ring = 0.0 if len(cycle) == 1 else 0.42 * len(cycle) ** 0.75
    spread = 0.3 * max(widths.sum() - len(cycle), 0) ** 0.75
    radius = ring if deepest == 0 or len(cycle) == 1 else max(ring, 0.5 * spread)
    step = min(1.0, (spread + 2.0) / max(deepest, 1))
    share = 0.35 * widths / widths.sum() + 0.65 / len(cycle)  # a bare state of the cycle keeps its place
    ends = 2 * math.pi * np.concatenate([[0], np.cumsum(share)])
    sector = {root: (ends[i], ends[i + 1]) for i, root in enumerate(cycle)}
    placed = {}
    for state in order:
        begin, end = sector[state]
        angle = (begin + end) / 2
        distance = radius + step * depth[state]
        placed[state] = (distance * math.sin(angle), distance * math.cos(angle))
        for child in children[state]:
            width = (end - begin) * leaves[child] / leaves[state]
            sector[child] = (begin, begin + width)
            begin += width
    return placed


def _tree_order(cycle, children):
    """States of a component from the cycle outwards, their distance to it, and the number of leaves behind each."""
    order, depth = list(cycle), dict.fromkeys(cycle, 0)
    for state in order:
        for child in children[state]:
            depth[child] = depth[state] + 1
            order.append(child)
    leaves = {}
    for state in reversed(order):
        leaves[state] = max(sum(leaves[child] for child in children[state]), 1)
    return order, depth, leaves


# ---- maps --------------------------------------------------------------------------------------------------


def cycles_of(following):
    """Cycles of a map, each from its smallest point; the longest first."""
    seen, found = set(), []
    for start in range(len(following)):
        path, point = {}, start
        while point not in seen and point not in path:
            path[point] = len(path)
            point = following[point]
        if point in path:
            cycle = list(path)[path[point] :]
            least = cycle.index(min(cycle))
            found.append(cycle[least:] + cycle[:least])
        seen.update(path)
    return sorted(found, key=lambda c: (-len(c), c[0]))


def tree_children(following, found):
    """Predecessors of every point that are on none of the cycles that were found."""
    on_cycle = {p for c in found for p in c}
    children = {p: [] for p in range(len(following))}
    for point, to in enumerate(following):
        if point not in on_cycle:
            children[to].append(point)
    return children


def place(cycle, children):
    """Positions of a component around the origin.

    Every point of the cycle owns a sector, in which its tree grows outwards a ring a step: branches stand side by side,
    as close as each ring allows, so trees never cross.

    Returns
    -------
    dict of int to (float, float)
    """
    turn = 2 * math.pi
    available = turn if len(cycle) > 1 else turn - 1.2  # that of the loop of a fixed point
    radius = SPACE / (2 * math.sin(math.pi / len(cycle))) if len(cycle) > 1 else 0.0
    first = radius + SPACE
    trees, sectors = _sectors(cycle, children, radius, first)
    while sum(sectors) > available + 1e-9:
        radius, first = (radius * 1.03, radius * 1.03 + SPACE) if len(cycle) > 1 else (0.0, first * 1.03)
        trees, sectors = _sectors(cycle, children, radius, first)
    slack = (turn - sum(sectors)) / len(cycle)
    # The tree of a fixed point hangs below, so that its loop fits above.
    placed, begin = {}, 0.0 if len(cycle) > 1 else math.pi - (sectors[0] + slack) / 2
    for (offsets, contour), sector in zip(trees, sectors):
        middle = begin + (sector + slack) / 2 - _center(contour)
        for point, (angle, depth) in offsets.items():
            distance = radius if depth == 0 else first + (depth - 1) * SPACE
            placed[point] = (distance * math.sin(middle + angle), distance * math.cos(middle + angle))
        begin += sector + slack
    return placed


def _sectors(cycle, children, radius, first):
    """The trees of a cycle, and the angle that each needs."""

    def separation(depth):
        if depth == 0:
            return 2 * math.asin(min(1.0, SPACE / (2 * radius))) if radius > 0 else 0.0
        return SPACE / (first + (depth - 1) * SPACE)

    trees = [_tidy(point, children, separation, 0) for point in cycle]
    widths = [
        max(right - left + separation(depth) for depth, (left, right) in enumerate(contour)) for _, contour in trees
    ]
    ends = [(min(left for left, _ in c), max(right for _, right in c)) for _, c in trees]
    return trees, [max(width, high - low + separation(0)) for width, (low, high) in zip(widths, ends)]


def _center(contour):
    return (min(left for left, _ in contour) + max(right for _, right in contour)) / 2


def _tidy(root, children, separation, depth):
    """Angle and depth of each point of a tree, the root at angle 0; and the ends of every ring from `depth` on.

    A point stands over the middle of its branches.
    """
    offsets, contour = {root: (0.0, depth)}, [(0.0, 0.0)]
    branches, ends = [], []
    for child in children[root]:
        inner, own = _tidy(child, children, separation, depth + 1)
        gap = max(
            (right + separation(depth + 1 + k) - left for k, ((_, right), (left, _)) in enumerate(zip(ends, own))),
            default=0.0,
        )
        branches.append((inner, gap))
        moved = [(left + gap, right + gap) for left, right in own]
        ends = (
            [(min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(ends, moved)] + ends[len(moved) :] + moved[len(ends) :]
        )
    if branches:
        middle = branches[-1][1] / 2
        for inner, gap in branches:
            offsets.update({p: (angle + gap - middle, level) for p, (angle, level) in inner.items()})
        contour += [(left - middle, right - middle) for left, right in ends]
    return offsets, contour


def pack(components, flatness=1.9):
    """Components side by side in rows.

    Parameters
    ----------
    components : list of dict of int to (float, float)
    flatness : float
        Wanted width in units of the height.

    Returns
    -------
    positions : dict of int to (float, float)
    width, height : float
    """
    boxes = []
    for positions in components:
        xs, ys = zip(*positions.values())
        margin = RADIUS + 0.5
        boxes.append(
            (
                positions,
                min(xs) - margin,
                min(ys) - margin,
                max(xs) - min(xs) + 2 * margin,
                max(ys) - min(ys) + 2 * margin,
            )
        )
    area = sum(w * h for *_, w, h in boxes)
    limit = max(1.15 * math.sqrt(flatness * area), max(w for *_, w, _ in boxes))
    rows, used = [[]], 0.0
    for box in sorted(boxes, key=lambda b: -b[4]):
        if used + box[3] > limit and rows[-1]:
            rows.append([])
            used = 0.0
        rows[-1].append(box)
        used += box[3]
    width = max(sum(b[3] for b in r) for r in rows)
    placed, y = {}, 0.0
    for row in reversed(rows):
        height = max(b[4] for b in row)
        x = (width - sum(b[3] for b in row)) / 2
        for positions, left, bottom, w, h in row:
            for point, (px, py) in positions.items():
                placed[point] = (px - left + x, py - bottom + y + (height - h) / 2)
            x += w
        y += height
    return placed, width, y


def _draw_step(ax, positions, state, to, on_cycle, following):
    color = style.SERIES[0] if state in on_cycle else style.MUTED
    if state == to:
        x, y = positions[state]
        loop = FancyArrowPatch(
            (x - 0.16, y + RADIUS * 0.9),
            (x + 0.16, y + RADIUS * 0.9),
            connectionstyle="arc3,rad=-1.9",
            arrowstyle="-|>",
            mutation_scale=7,
            color=color,
            linewidth=1.2,
            shrinkA=0,
            shrinkB=0,
        )
        ax.add_patch(loop)
        return
    bend = 0.3 if following[to] == state else 0.0
    (x0, y0), (x1, y1) = positions[state], positions[to]
    length = math.hypot(x1 - x0, y1 - y0)
    dx, dy = (x1 - x0) / length * RADIUS, (y1 - y0) / length * RADIUS
    ax.add_patch(
        FancyArrowPatch(
            (x0 + dx, y0 + dy),
            (x1 - dx, y1 - dy),
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle="-|>",
            mutation_scale=7,
            color=color,
            linewidth=1.2,
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
    )
