"""Periods of one register: how many cycles of which length, and what a random map would have; and a batch at a glance."""

import math

import numpy as np

from . import columns, sampling, style

MAX_POINTS = 800
MAX_CYCLES = 200
OVERVIEW_FROM = 8


def log10(number):
    """Of a Python integer of any size."""
    return math.log10(number) if number > 0 else -math.inf


def expected_cycles(log_from, log_to, log_states, bijection):
    """Expected number of cycles of a random map whose length is at least 10^log_from and below 10^log_to.

    A random permutation of N points has 1/k cycles of length k on average, a random mapping about exp(-k^2 / 2N) / k.

    Parameters
    ----------
    log_from, log_to : float or numpy.ndarray
    log_states : float
    bijection : bool

    Returns
    -------
    numpy.ndarray
        Above lengths of 50 by the integral, which is exact to a percent.
    """

    def density(x):  # of the logarithm of the length
        decay = np.exp(-0.5 * 10.0 ** np.clip(2 * x - log_states, -300, 3)) if not bijection else np.ones_like(x)
        return math.log(10) * decay

    def between(low, high):
        high = min(high, log_states)
        if high < low:
            return 0.0
        if high < math.log10(50):
            lengths = np.arange(math.ceil(10**low - 1e-9), math.ceil(10**high - 1e-9))
            return float(np.sum(density(np.log10(lengths)) / math.log(10) / lengths)) if len(lengths) else 0.0
        grid = np.linspace(low, high, 65)
        return float(np.trapz(density(grid), grid))

    return np.array([between(low, high) for low, high in np.broadcast(log_from, log_to)])


def _periods(result, row, table="results/period_distribution"):
    """Periods of a register, rising, and the number of cycles of each."""
    registers = result.h5[table]["register"][:]
    own = slice(int(np.searchsorted(registers, row)), int(np.searchsorted(registers, row, "right")))
    frame = result.table(table, own, columns=["period_decimal", "n_cycles_decimal"])
    return frame.period_decimal.tolist(), frame.n_cycles_decimal.tolist()


def _model(register):
    return "random permutation" if register.nonsingular else "random mapping"


def _zero_margins(ax, x_high, y_low, y_high):
    """Limits that keep marks at log10(1) = 0 off the axes, however large the others are."""
    ax.set(xlim=(-0.04 * max(x_high, 1), max(1.03 * x_high, 0.5)))
    ax.set(ylim=(y_low - 0.05 * max(y_high - y_low, 1), y_high + 0.06 * max(y_high - y_low, 1)))


def period_distribution(result, row):
    """Number of cycles by period, both logarithmic, with the expectation for a random map of as many states."""
    periods, counts = _periods(result, row)
    if not periods:
        return None
    register = result.registers.loc[row]
    log_states = log10(register.state_count_decimal)
    octaves = max(1, math.ceil(log_states / math.log10(2) / 40))  # in a bin: at most 40 bins
    bits = [p.bit_length() - 1 for p in periods]
    n_bins = max(math.ceil(log_states / math.log10(2) / octaves - 1e-9), bits[-1] // octaves + 1)
    in_bins = [0] * n_bins
    for bit, n in zip(bits, counts):
        in_bins[bit // octaves] += n
    edges = np.arange(n_bins + 1) * octaves * math.log10(2)

    figure, ax = style.axes()
    floor = -0.6
    tops = [log10(n) if n else floor for n in in_bins]
    ax.stairs(tops, edges, baseline=floor, fill=True, color=style.MEASURED, alpha=0.28, linewidth=0)
    keys = [style.Key("box", style.STEPS[1], "cycles in " + ("an octave" if octaves == 1 else f"{octaves} octaves"))]
    points = np.column_stack([[log10(p) for p in periods], [log10(n) for n in counts]])
    thinned = len(points) > MAX_POINTS
    if thinned:
        points = _one_a_cell(points)
    ax.plot(points[:, 0], points[:, 1], "o", color=style.MEASURED, markersize=4, markeredgewidth=0, alpha=0.9)
    keys.append(style.Key("dot", style.MEASURED, "of one period"))
    expected = expected_cycles(edges[:-1], edges[1:], log_states, register.nonsingular)
    shown = [math.log10(n) if n > 10**floor else math.nan for n in expected]
    ax.plot((edges[:-1] + edges[1:]) / 2, shown, "--", color=style.EXPECTED)
    keys.append(style.Key("dash", style.EXPECTED, "expected of a " + _model(register)))
    _zero_margins(ax, edges[-1], floor, np.nanmax([*tops, *shown, 0.7]))
    ax.set(xlabel="period in steps", ylabel="number of cycles")
    ax.set_ylim(bottom=floor)
    style.log_axis(ax.xaxis)
    style.log_axis(ax.yaxis)
    more = f" Of the points those that would lie on each other are drawn once ({len(points)})." if thinned else ""
    return style.finish(
        figure,
        "Period distribution",
        f"Register {register.id}: {style.count(len(periods), 'different period')}; the longest is "
        f"{_number(max(periods))} of {_number(register.state_count_decimal)} states.{more}",
        keys,
    )


def _one_a_cell(points):
    """The first point of each cell of a fine grid."""
    spans = np.maximum(points.max(axis=0) - points.min(axis=0), 1e-9)
    cells = np.round((points - points.min(axis=0)) / spans * [150, 110]).astype(int)
    _, first = np.unique(cells, axis=0, return_index=True)
    return points[np.sort(first)]


def cycle_lengths(result, row):
    """Periods of all cycles, longest first."""
    periods, counts = _periods(result, row)
    if not periods:
        return None
    register = result.registers.loc[row]
    log_states = log10(register.state_count_decimal)
    ends, total = [], 0
    for n in reversed(counts):
        total += n
        ends.append(total)
    lengths = [log10(p) for p in reversed(periods)]
    xs = [0.0] + [x for end in ends for x in (log10(end),) * 2][:-1]
    ys = [y for length in lengths for y in (length,) * 2]

    figure, ax = style.axes()
    steps = np.column_stack([xs, ys])
    thinned = len(steps) > 2 * MAX_POINTS
    if thinned:
        steps = _one_a_cell(steps)
    ax.plot(steps[:, 0], steps[:, 1], color=style.MEASURED)
    if total <= MAX_CYCLES:
        ranks = [r for begin, end in zip([0] + ends, ends) for r in range(begin + 1, end + 1)]
        own = [y for y, begin, end in zip(lengths, [0] + ends, ends) for _ in range(begin, end)]
        ax.plot(np.log10(ranks), own, "o", color=style.MEASURED, markersize=4 if total > 3 else 5, clip_on=False)
    else:  # the last cycle of each length, at least those a picture can show
        ax.plot(steps[[0, -1], 0], steps[[0, -1], 1], "o", color=style.MEASURED, markersize=4, clip_on=False)
    lengths_from = np.log10(np.arange(1, min(register.state_count_decimal, 60) + 1))
    grid = np.concatenate([lengths_from, np.linspace(lengths_from[-1], log_states, 200)[1:], [log_states]])
    above = np.cumsum(expected_cycles(grid[:-1], grid[1:], log_states, register.nonsingular)[::-1])[::-1]
    keep = above >= 0.9
    ax.plot(np.log10(above[keep]), grid[:-1][keep], "--", color=style.EXPECTED)
    _zero_margins(ax, max(log10(total), 0.8), 0, log_states)
    ax.set(xlabel="rank of the cycle", ylabel="period in steps")
    style.log_axis(ax.xaxis)
    style.log_axis(ax.yaxis)
    return style.finish(
        figure,
        "Cycle lengths, longest first",
        f"Register {register.id}: the periods of {'its' if total > 1 else 'the'} {_number(total)} "
        f"{'cycles' if total > 1 else 'cycle'} in falling order, and how many cycles of at least a length a random map "
        "would have." + (" Steps that would lie on each other are drawn once." if thinned else ""),
        [
            style.Key("line", style.MEASURED, "cycles"),
            style.Key("dash", style.EXPECTED, "expected of a " + _model(register)),
        ],
    )


def partial_periods(result, row):
    """Cycles that are known of a register that did not complete."""
    table = "runtime/partial/period_distribution"
    if table not in result.tables:
        return None
    periods, counts = _periods(result, row, table)
    if not periods:
        return None
    register = result.registers.loc[row]
    points = np.column_stack([[log10(p) for p in periods], [log10(n) for n in counts]])
    points = _one_a_cell(points) if len(points) > MAX_POINTS else points
    figure, ax = style.axes()
    ax.plot(points[:, 0], points[:, 1], "o", color=style.SERIES[1], markersize=4.5)
    _zero_margins(ax, log10(register.state_count_decimal), 0, max(points[:, 1].max(), 0.7))
    ax.set(xlabel="period in steps", ylabel="number of cycles found")
    style.log_axis(ax.xaxis)
    style.log_axis(ax.yaxis)
    return style.finish(
        figure,
        "Cycles found before the end",
        f"Register {register.id} did not complete ({register.status}). These cycles exist; there may be more of these and "
        f"of other periods, up to {_number(register.state_count_decimal)} states.",
    )


# ---- a batch -----------------------------------------------------------------------------------------------


def overview(result):
    """All completed registers of a batch at once: periods, numbers of cycles, and cost by number of states.

    Returns
    -------
    list of style.Figure
        None of a few registers, which have figures of their own.
    """
    names = ["field_order", "degree", "nonsingular", "status", "n_cycles_decimal", "max_period_decimal"]
    frame, said = sampling.read(result, "results/registers", names)
    frame = frame[frame.status == "completed"]
    if len(frame) < OVERVIEW_FROM:
        return []
    states = frame.degree.to_numpy() * np.log10(frame.field_order.to_numpy(dtype=float))
    longest = np.array([log10(p) for p in frame.max_period_decimal])
    cycles = np.array([log10(n) for n in frame.n_cycles_decimal])
    whose = f"{style.count(len(frame), 'completed register')}."
    figures = [
        _longest(states, longest, whose + said),
        _shares(longest - states, frame.nonsingular.to_numpy(), whose + said),
        _numbers(states, cycles, whose + said),
    ]
    if "runtime/registers" in result.tables and not said:
        elapsed = result.table("runtime/registers", columns=["elapsed_s"]).elapsed_s[frame.index].to_numpy()
        figures.append(_costs(states, elapsed, whose))
    return [f for f in figures if f]


def _scatter(ax, x, y):
    """Points or cells of a batch; says which."""
    keys = columns.grid(ax, x, y)
    return keys, "" if keys else " Each a point."


def _longest(states, longest, whose):
    figure, ax = style.axes(3.2)
    keys, how = _scatter(ax, states, longest)
    ends = np.array([0, states.max()])
    ax.plot(ends, ends, "--", color=style.EXPECTED, linewidth=1.4)
    _zero_margins(ax, states.max(), 0, max(states.max(), longest.max()))
    ax.set(xlabel="states", ylabel="longest period in steps")
    style.log_axis(ax.xaxis)
    style.log_axis(ax.yaxis)
    return style.finish(
        figure,
        "Longest period by number of states",
        whose + how,
        [style.Key("dash", style.EXPECTED, "all states on one cycle"), *_registers(keys)],
    )


def _registers(keys):
    return [style.Key(k.mark, k.color, f"{k.label} registers") for k in keys]


def _shares(log_shares, nonsingular, whose):
    """Of the states how many the longest cycle has."""
    figure, ax = style.axes(3.2)
    edges = np.linspace(0, 1, 21)
    shares = 10.0 ** np.clip(log_shares, -300, 0)
    bottom, keys = np.zeros(20), []
    for color, kind, own in (
        (style.SERIES[0], "nonsingular", nonsingular),
        (style.SERIES[1], "singular", ~nonsingular),
    ):
        if not own.any():
            continue
        counts, _ = np.histogram(shares[own], edges)
        ax.stairs(bottom + counts, edges, baseline=bottom, fill=True, color=color, edgecolor=style.SURFACE)
        bottom = bottom + counts
        keys.append(style.Key("box", color, kind))
    ax.set(xlabel="longest period / number of states", ylabel="registers", xlim=(0, 1))
    style.linear_axis(ax.xaxis)
    style.linear_axis(ax.yaxis, integer=True)
    return style.finish(figure, "Share of the longest cycle", whose, keys)


def _numbers(states, cycles, whose):
    figure, ax = style.axes(3.2)
    keys, how = _scatter(ax, states, cycles)
    grid = np.linspace(0.05, states.max(), 100)
    ax.plot(grid, np.log10(math.log(10) * grid + 0.5772), "--", color=style.EXPECTED, linewidth=1.4)
    _zero_margins(ax, states.max(), 0, max(cycles.max(), 1))
    ax.set(xlabel="states", ylabel="number of cycles")
    style.log_axis(ax.xaxis)
    style.log_axis(ax.yaxis)
    return style.finish(
        figure,
        "Number of cycles by number of states",
        whose + how,
        [style.Key("dash", style.EXPECTED, "expected of a random permutation"), *_registers(keys)],
    )


def _costs(states, elapsed, whose):
    measured = elapsed > 0
    if measured.sum() < OVERVIEW_FROM:
        return None
    figure, ax = style.axes(3.2)
    keys, how = _scatter(ax, states[measured], np.log10(elapsed[measured]))
    low, high = np.log10(elapsed[measured].min()), np.log10(elapsed[measured].max())
    _zero_margins(ax, states.max(), low, max(high, low + 1))
    ax.set(xlabel="states", ylabel="time from first work to result")
    style.log_axis(ax.xaxis)
    style.log_axis(ax.yaxis, style.seconds)
    none = int((~measured).sum())
    more = (
        f" Of {style.count(none, 'register')} no time was measured: their work was shared or done before."
        if none
        else ""
    )
    return style.finish(figure, "Time by number of states", whose + how + more, _registers(keys))


def _number(n):
    """Short enough for a sentence."""
    return f"{n:,}".replace(",", "\u202f") if n < 10**15 else f"about 10^{math.floor(math.log10(n))}"
