"""Periods of one register: how many cycles of which length, and what a random map would have."""

import math

import numpy as np

from . import style

MAX_POINTS = 4000


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


def _periods(result, row):
    distribution = result.period_distribution
    own = distribution[distribution.register == row]
    return own.period_decimal.tolist(), own.n_cycles_decimal.tolist()


def _model(register):
    return "random permutation" if register.nonsingular else "random mapping"


def period_distribution(result, row):
    """Number of cycles by period, both logarithmic, with the expectation for a random map of as many states."""
    periods, counts = _periods(result, row)
    if not periods:
        return None
    register = result.registers.loc[row]
    log_states = log10(register.state_count_decimal)
    octaves = math.ceil(log_states / math.log10(2) / 40)  # in a bin: at most 40 bins
    bits = [p.bit_length() - 1 for p in periods]
    n_bins = max(math.ceil(log_states / math.log10(2) / octaves - 1e-9), bits[-1] // octaves + 1)
    in_bins = [0] * n_bins
    for bit, n in zip(bits, counts):
        in_bins[bit // octaves] += n
    edges = np.arange(n_bins + 1) * octaves * math.log10(2)

    figure, ax = style.axes()
    floor = -0.6
    tops = [log10(n) if n else floor for n in in_bins]
    ax.stairs(
        tops,
        edges,
        baseline=floor,
        fill=True,
        color=style.MEASURED,
        alpha=0.28,
        linewidth=0,
        label="cycles in " + ("an octave" if octaves == 1 else f"{octaves} octaves"),
    )
    if len(periods) <= MAX_POINTS:
        ax.plot(
            [log10(p) for p in periods],
            [log10(n) for n in counts],
            "o",
            color=style.MEASURED,
            markersize=4,
            label="of one period",
        )
    expected = expected_cycles(edges[:-1], edges[1:], log_states, register.nonsingular)
    shown = [math.log10(n) if n > 10**floor else math.nan for n in expected]
    ax.plot((edges[:-1] + edges[1:]) / 2, shown, "--", color=style.EXPECTED, label="expected of a " + _model(register))
    ax.set(
        title="Period distribution",
        xlabel="period in steps",
        ylabel="number of cycles",
        xlim=(-0.15, edges[-1] + 0.15),
        ylim=(floor, max(tops + [0.7]) * 1.08 + 0.3),
    )
    style.log_axis(ax.xaxis)
    style.log_axis(ax.yaxis)
    style.legend_below(figure, *ax.get_legend_handles_labels(), 3)
    return style.finish(
        figure,
        f"Register {register.id}: {style.count(len(periods), 'different period')}; the longest is "
        f"{_number(max(periods))} of {_number(register.state_count_decimal)} states.",
    )


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
    if len(xs) < 2 or xs[-1] == 0:
        ax.plot([0], lengths[:1], "o", color=style.MEASURED, label="cycles")
    else:
        ax.plot(xs, ys, color=style.MEASURED, label="cycles")
        if total <= 200:
            ranks = [r for begin, end in zip([0] + ends, ends) for r in range(begin + 1, end + 1)]
            own = [y for y, begin, end in zip(lengths, [0] + ends, ends) for _ in range(begin, end)]
            ax.plot(np.log10(ranks), own, "o", color=style.MEASURED, markersize=3.5)
    lengths_from = np.log10(np.arange(1, min(register.state_count_decimal, 60) + 1))
    grid = np.concatenate([lengths_from, np.linspace(lengths_from[-1], log_states, 200)[1:], [log_states]])
    above = np.cumsum(expected_cycles(grid[:-1], grid[1:], log_states, register.nonsingular)[::-1])[::-1]
    keep = above >= 0.9
    ax.plot(
        np.log10(above[keep]), grid[:-1][keep], "--", color=style.EXPECTED, label="expected of a " + _model(register)
    )
    ax.set(
        title="Cycle lengths, longest first",
        xlabel="rank of the cycle",
        ylabel="period in steps",
        ylim=(-0.15, log_states * 1.06 + 0.1),
    )
    style.log_axis(ax.xaxis)
    style.log_axis(ax.yaxis)
    style.legend_below(figure, *ax.get_legend_handles_labels(), 2)
    return style.finish(
        figure,
        f"Register {register.id}: the periods of its cycles ({_number(register.n_cycles_decimal)}) in falling order, "
        "and how many cycles of at least a length a random map would have.",
    )


def _number(n):
    """Short enough for a sentence."""
    return (
        f"{n:,}".replace(",", "\u202f")
        if n < 10**15
        else f"about 10{str(math.floor(math.log10(n))).translate(style.SUPERSCRIPT)}"
    )
