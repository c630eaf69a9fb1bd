"""What the machine did: threads over time, ranks, the queue."""

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap

from . import style

MAX_ROWS = 48


def utilisation(result):
    """Busy share of all threads together and of each, over time."""
    if "runtime/utilisation" not in result.tables or result.runtime.utilisation.empty:
        return None
    table = result.runtime.utilisation
    width = table.width_s.max()
    threads = sorted(set(zip(table["rank"], table.thread)))
    bins = int(round((table.begin_s + table.width_s).max() / width + 0.499))
    busy = np.zeros((len(threads), bins))
    row_of = {thread: i for i, thread in enumerate(threads)}
    for rank, thread, begin, _, seconds in table.itertuples(index=False):
        busy[row_of[rank, thread], min(int(begin / width + 1e-6), bins - 1)] += seconds
    end = min(result.runtime.attrs["elapsed_s"], bins * width)
    widths = np.full(bins, width)
    widths[-1] = max(end - (bins - 1) * width, width / 8)
    share = np.clip(busy / widths, 0, 1)
    labels, share_rows = _merged_rows(threads, share)

    edges = np.concatenate([np.arange(bins) * width, [(bins - 1) * width + widths[-1]]])
    rows_height = max(0.17 * len(labels), 0.6)
    figure, (top, ax) = style.axes(
        2.3 + rows_height, nrows=2, sharex=True, gridspec_kw={"height_ratios": [1.1, rows_height]}
    )
    top.stairs(100 * share.mean(axis=0), edges, fill=True, color=style.MEASURED, alpha=0.28, linewidth=0)
    top.stairs(100 * share.mean(axis=0), edges, color=style.MEASURED, linewidth=1.8, baseline=None)
    top.set(title="Threads at work over time", ylabel="all, %", ylim=(0, 105), yticks=[0, 50, 100])
    colors = ListedColormap(style.STEPS)
    limits = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.001]
    ax.pcolormesh(
        edges,
        np.arange(len(labels) + 1),
        share_rows,
        cmap=colors,
        norm=BoundaryNorm(limits, 6),
        edgecolors=style.SURFACE,
        linewidth=0.6,
    )
    step = max(1, len(labels) // 16)
    ax.set(
        xlabel="time since the begin of the work in seconds",
        ylabel="rank.thread" if "." in labels[0] else "rank",
        yticks=np.arange(0, len(labels), step) + 0.5,
        yticklabels=labels[::step],
    )
    ax.invert_yaxis()
    ax.grid(False)
    handles = [style.plt.Rectangle((0, 0), 1, 1, color=c) for c in style.STEPS]
    names = ["below 5 %", "5–25", "25–50", "50–75", "75–95", "above 95 %"]
    style.legend_below(figure, handles, names, 6)
    mean = float((share * widths).sum() / (len(threads) * widths.sum()))
    row = "a thread" if "." in labels[0] else "the threads of some ranks"
    return style.finish(
        figure,
        f"{style.count(len(threads), 'thread')} at work for {100 * mean:.0f} % of {end:.3g} s; each row is {row}.",
    )


def _merged_rows(threads, share):
    """Rows a picture can hold: threads; else ranks; else neighboring ranks together."""
    if len(threads) <= MAX_ROWS:
        return [f"{rank}.{thread}" for rank, thread in threads], share
    ranks = sorted({rank for rank, _ in threads})
    group = -(-len(ranks) // MAX_ROWS)
    labels, rows = [], []
    for first in range(0, len(ranks), group):
        own = [i for i, (rank, _) in enumerate(threads) if rank in ranks[first : first + group]]
        last = ranks[min(first + group, len(ranks)) - 1]
        labels.append(str(last) if last == ranks[first] else f"{ranks[first]}–{last}")
        rows.append(share[own].mean(axis=0))
    return labels, np.array(rows)


def ranks(result):
    """Time of each rank at work, waiting and communicating."""
    if "runtime/ranks" not in result.tables:
        return None
    table = result.runtime.ranks
    total = table.busy_s + table.waiting_s + table.communicating_s
    if table.empty or not total.max() > 0:
        return None
    shown = (
        table
        if len(table) <= MAX_ROWS
        else table.loc[total.sort_values().index].iloc[:: -(-len(table) // MAX_ROWS)].sort_index()
    )
    figure, ax = style.axes(1.5 + 0.22 * len(shown))
    left = np.zeros(len(shown))
    y = np.arange(len(shown))
    for column, name, color in (
        ("busy_s", "at work", style.SERIES[0]),
        ("communicating_s", "communicating", style.SERIES[1]),
        ("waiting_s", "waiting", style.GRID),
    ):
        ax.barh(y, shown[column], 0.72, left, color=color, label=name, edgecolor=style.SURFACE, linewidth=0.8)
        left += shown[column].to_numpy()
    step = max(1, len(shown) // 16)
    ax.set(
        title="Time of each rank",
        xlabel="thread seconds",
        ylabel="rank",
        yticks=y[::step],
        yticklabels=[str(i) for i in shown.index[::step]],
    )
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    style.legend_below(figure, *ax.get_legend_handles_labels(), 3)
    busy = table.busy_s.sum() / total.sum()
    note = "" if len(shown) == len(table) else f" {len(shown)} of {len(table)} ranks are shown."
    return style.finish(
        figure, f"Seconds summed over the threads of each rank; {100 * busy:.0f} % of all were work.{note}"
    )


def queue(result):
    """How long items waited and ran, by class."""
    if "runtime/scheduler/times" not in result.tables or result.runtime.scheduler.attrs["submitted"] < 2:
        return None
    table = result.runtime.scheduler.times
    figure, panels = style.axes(3.2, ncols=2, sharey=True)
    present = [c for c in table.priority.cat.categories if (table.priority == c).any()]
    low, high = np.log2(table.below_s.min()) - 1, np.log2(table.below_s.max())
    edges = 2.0 ** np.arange(low, high + 0.5)
    for ax, column, title in zip(panels, ("waited", "ran"), ("Items waited", "Items ran")):
        for color, name in zip(style.SERIES, present):
            own = table[table.priority == name].set_index(table[table.priority == name].below_s)[column]
            counts = [own.get(edge, 0) for edge in edges[1:]]
            ax.stairs(
                counts,
                edges,
                color=color,
                label=name,
                linewidth=1.8,
                fill=len(present) == 1,
                alpha=0.75 if len(present) == 1 else 1,
            )
        ax.set(title=title, xlabel="seconds, by powers of two", xscale="log")
        ax.minorticks_off()
        ax.yaxis.get_major_locator().set_params(integer=True)
    panels[0].set_ylabel("number of items")
    if len(present) > 1:
        panels[1].legend(title="class", loc="upper right")
    facts = result.runtime.scheduler.attrs
    return style.finish(
        figure,
        f"{facts['submitted']} items, {facts['coalesced']} of them shared the work of an equal one; "
        f"{facts['items_per_s']:.3g} items a second, at most {facts['largest_pending']} in the queue and {facts['largest_running']} under way at once.",
    )
