"""The state graph of a small register: each cycle a ring, the trees of transient states growing outwards from it."""

import math

from matplotlib.patches import Circle, FancyArrowPatch

from . import registers, style

MAX_STATES = 64
SPACE = 1.0
RADIUS = 0.36


def state_graph(result, row):
    """All states of a register with at most `MAX_STATES`, and their steps."""
    register = result.registers.loc[row]
    if register.state_count_decimal > MAX_STATES:
        return None
    following = registers.successors(register)
    components = [place(cycle, tree_children(following)) for cycle in cycles_of(following)]
    positions, width, height = pack(components)
    scale = min(2 * style.WIDTH / width, 7.2 / height, 0.62)
    figure, ax = style.plt.subplots(figsize=(2 * style.WIDTH, scale * height + 0.5), layout="constrained")
    on_cycle = {state for c in cycles_of(following) for state in c}
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
        ax.text(x, y, str(state), ha="center", va="center", fontsize=max(5.0, min(9.0, 22 * scale)), zorder=4)
    half = style.WIDTH / scale
    ax.set(xlim=(width / 2 - half, width / 2 + half), ylim=(-0.2, height + 0.2), aspect="equal")
    ax.set_title(style.plain(style.short(f"Register {register.id}: its {len(following)} states", 90)))
    ax.axis("off")
    transient = len(following) - len(on_cycle)
    return style.finish(
        figure,
        f"State graph of register {register.id}, states by their index: "
        f"{style.count(len(components), 'cycle')} (blue) with {style.count(len(on_cycle), 'state')}, {style.count(transient, 'transient state')} (gray).",
        wide=True,
    )


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


def tree_children(following):
    """Predecessors of every point that are on no cycle."""
    on_cycle = {p for c in cycles_of(following) for p in c}
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


def pack(components):
    """Components side by side in rows.

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
    limit = max(1.9 * math.sqrt(area), max(w for *_, w, _ in boxes))
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
