"""What the machine did: threads over time, ranks, the queue."""

import math

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap

from . import style

MAX_ROWS = 32
DEFINITION = "At work is the share of (threads × time) in which a thread worked on items"


def work_time(result):
    """Seconds from the begin of the work to its end: what shares of threads and ranks refer to."""
    elapsed = result.runtime.attrs.get("elapsed_s", 0.0)
    if "runtime/utilisation" not in result.tables or result.runtime.utilisation.empty:
        return elapsed
    table = result.runtime.utilisation
    return min(elapsed, (table.begin_s + table.width_s).max())


def utilization(result):
    """Busy share of all threads together and of each, over time."""
    if "runtime/utilisation" not in result.tables or result.runtime.utilisation.empty:
        return None
    table = result.runtime.utilisation
    width = table.width_s.max()
    threads = sorted(set(zip(table["rank"], table.thread)))
    bins = int(round((table.begin_s + table.width_s).max() / width + 0.499))
    busy = np.zeros((len(threads), bins))
    row_of = {thread: i for i, thread in enumerate(threads)}
    at = np.minimum((table.begin_s / width + 1e-6).astype(int), bins - 1)
    np.add.at(busy, ([row_of[t] for t in zip(table["rank"], table.thread)], at), table.busy_s)
    end = work_time(result)
    widths = np.full(bins, width)
    widths[-1] = max(end - (bins - 1) * width, width / 8)
    share = np.clip(busy / widths, 0, 1)
    labels, share_rows = _merged_rows(threads, share)

    unit, unit_name = style.time_unit(end)
    edges = np.concatenate([np.arange(bins) * width, [(bins - 1) * width + widths[-1]]]) / unit
    rows_height = max(0.17 * len(labels), 0.5)
    figure, (top, ax) = style.axes(
        1.9 + rows_height, nrows=2, sharex=True, gridspec_kw={"height_ratios": [1.0, rows_height]}
    )
    top.stairs(100 * share.mean(axis=0), edges, fill=True, color=style.MEASURED, alpha=0.28, linewidth=0)
    top.stairs(100 * share.mean(axis=0), edges, color=style.MEASURED, linewidth=1.8, baseline=None)
    top.set(ylabel="all, %", ylim=(0, 105), yticks=[0, 50, 100])
    ax.pcolormesh(
        edges,
        np.arange(len(labels) + 1),
        share_rows,
        cmap=ListedColormap(style.STEPS),
        norm=BoundaryNorm([0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.001], 6),
        edgecolors=style.SURFACE,
        linewidth=0.6,
    )
    step = max(1, len(labels) // 10)
    ax.set(
        xlabel=f"time since the begin of the work in {unit_name}",
        ylabel="rank.thread" if "." in labels[0] else "rank",
        yticks=np.arange(0, len(labels), step) + 0.5,
        yticklabels=labels[::step],
    )
    ax.invert_yaxis()
    ax.grid(False)
    style.linear_axis(ax.xaxis)
    mean = busy.sum() / max(len(threads) * end, 1e-12)
    row = "a thread" if "." in labels[0] else "the threads of some ranks"
    return style.finish(
        figure,
        "Threads at work over time",
        f"{style.count(len(threads), 'thread')} at work for {100 * mean:.0f} % of {style.seconds(end)}. {DEFINITION}; "
        f"each row is {row}.",
        style.step_keys(["below 5 %", "5–25 %", "25–50 %", "50–75 %", "75–95 %", "above 95 %"]),
    )


def _merged_rows(threads, share):
    """Rows a picture can hold: threads; else ranks; else neighboring ranks together."""
    if len(threads) <= MAX_ROWS:
        return [f"{rank}.{thread}" for rank, thread in threads], share
    ranks_ = sorted({rank for rank, _ in threads})
    group = -(-len(ranks_) // MAX_ROWS)
    labels, rows = [], []
    for first in range(0, len(ranks_), group):
        own = [i for i, (rank, _) in enumerate(threads) if rank in ranks_[first : first + group]]
        last = ranks_[min(first + group, len(ranks_)) - 1]
        labels.append(str(last) if last == ranks_[first] else f"{ranks_[first]}–{last}")
        rows.append(share[own].mean(axis=0))
    return labels, np.array(rows)


def ranks(result):
    """Time of each rank at work, communicating, waiting, and neither of these."""
    if "runtime/ranks" not in result.tables or result.runtime.ranks.empty:
        return None
    table = result.runtime.ranks
    time = work_time(result)
    whole = table.threads * time
    accounted = table.busy_s + table.waiting_s + table.communicating_s
    if not whole.max() > 0 or not accounted.max() > 0:
        return None
    shown = table
    if len(table) > MAX_ROWS:
        shown = table.loc[table.busy_s.sort_values().index].iloc[:: -(-len(table) // MAX_ROWS)].sort_index()
    parts = [
        ("at work", style.SERIES[0], table.busy_s),
        ("communicating", style.SERIES[1], table.communicating_s),
        ("waiting", style.SERIES[4], table.waiting_s),
        ("start, planning and output", style.GRID, (whole - accounted).clip(lower=0)),
    ]
    unit, unit_name = style.time_unit(max(whole.max(), accounted.max()))
    figure, ax = style.axes(1.1 + 0.22 * len(shown))
    style.stacked_bars(ax, [(color, (values[shown.index] / unit).to_numpy()) for _, color, values in parts])
    step = max(1, len(shown) // 10)
    ax.set(
        xlabel=f"thread time in {unit_name}",
        ylabel="rank",
        yticks=range(0, len(shown), step),
        yticklabels=[str(i) for i in shown.index[::step]],
        ylim=(len(shown) - 0.4, -0.6),
    )
    ax.grid(axis="y", visible=False)
    style.linear_axis(ax.xaxis)
    busy = table.busy_s.sum() / whole.sum()
    note = "" if len(shown) == len(table) else f" {len(shown)} of {len(table)} ranks are shown, by their work."
    return style.finish(
        figure,
        "Time of each rank",
        f"Summed over the threads of each rank, in {style.seconds(time)}: {100 * busy:.0f} % at work. {DEFINITION}.{note}",
        [style.Key("box", color, name) for name, color, _ in parts],
    )


def queue(result):
    """How long items waited and ran, by class."""
    if "runtime/scheduler/times" not in result.tables or result.runtime.scheduler.attrs["submitted"] < 2:
        return None
    table = result.runtime.scheduler.times
    table = table[(table.waited > 0) | (table.ran > 0)]
    if table.empty:
        return None
    present = [c for c in table.priority.cat.categories if (table.priority == c).any()]
    low, high = math.log2(table.below_s.min()) - 1, math.log2(table.below_s.max())
    edges = np.arange(low, high + 0.5)
    figure, panels = style.axes(3.8, nrows=2, sharex=True)
    for ax, column, what in zip(panels, ("waited", "ran"), ("items that waited", "items that ran")):
        for color, name in zip(style.SERIES, present):
            own = table[table.priority == name]
            own = dict(zip(np.round(np.log2(own.below_s)), own[column]))
            counts = [own.get(round(edge), 0) for edge in edges[1:]]
            only = len(present) == 1
            style_of = {"fill": only, "alpha": 0.75 if only else 1, "linewidth": 1.8}
            ax.stairs(counts, edges * math.log10(2), color=color, **style_of)
        ax.set(ylabel=what)
        style.linear_axis(ax.yaxis, integer=True, ticks=4)
    panels[1].set_xlabel("time, by powers of two")
    style.log_axis(panels[1].xaxis, style.seconds)
    facts = result.runtime.scheduler.attrs
    return style.finish(
        figure,
        "How long items waited and ran",
        f"{style.count(facts['submitted'], 'item')}, {facts['coalesced']} of them shared the work of an equal one; "
        f"{style.number(float(format(facts['items_per_s'], '.3g')))} items a second, at most {facts['largest_pending']} "
        f"in the queue and {facts['largest_running']} in work at one time.",
        [style.Key("line", c, f"class {name}") for c, name in zip(style.SERIES, present)] if len(present) > 1 else [],
    )
