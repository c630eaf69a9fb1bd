"""Scores of candidates on tasks, and what their calls took."""

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap

from . import style

MAX_CANDIDATES, MAX_TASKS = 30, 60


def ranking(result):
    """Candidates, the best first, as `gforbit summary` ranks them."""
    order = ["tasks_solved", "o_score", "cells_equal"]
    return result.candidates.sort_values(order, ascending=False, kind="stable")


def matrix(result):
    """Share of samples that a candidate matched, by task."""
    candidates, tasks = ranking(result).index[:MAX_CANDIDATES], result.tasks.index[:MAX_TASKS]
    if not len(candidates) or not len(tasks):
        return None
    calls = result.calls[
        result.calls.candidate.isin(candidates) & result.calls.task.isin(tasks) & (result.calls.match >= 0)
    ]
    best = calls.groupby(["candidate", "task", "sample_kind", "sample"], observed=True).match.max()
    share = best.groupby(["candidate", "task"]).mean().unstack().reindex(index=candidates, columns=tasks)
    figure, ax = style.axes(1.4 + 0.19 * len(candidates), 2 * style.WIDTH if len(tasks) > 12 else style.WIDTH)
    limits = [0, 1e-9, 0.34, 0.67, 0.999999, 1.001]
    values = np.ma.masked_invalid(share.to_numpy(dtype=float))
    ax.pcolormesh(
        np.arange(len(tasks) + 1),
        np.arange(len(candidates) + 1),
        values,
        cmap=ListedColormap(style.STEPS[:1] + style.STEPS[2:]),
        norm=BoundaryNorm(limits, 5),
        edgecolors=style.SURFACE,
        linewidth=1.2,
    )
    ax.set(
        title="Tasks and candidates",
        xlabel="task",
        ylabel="candidate",
        xticks=np.arange(len(tasks)) + 0.5,
        yticks=np.arange(len(candidates)) + 0.5,
    )
    ax.set_xticklabels(
        [style.plain(style.short(t, 18)) for t in result.tasks.id[tasks]],
        rotation=90 if len(tasks) > 6 else 0,
        fontsize=9,
    )
    ax.set_yticklabels([style.plain(style.short(c, 34)) for c in result.candidates.id[candidates]], fontsize=8)
    ax.invert_yaxis()
    ax.grid(False)
    handles = [style.plt.Rectangle((0, 0), 1, 1, color=c) for c in style.STEPS[:1] + style.STEPS[2:]]
    style.legend_below(figure, handles, ["none", "up to 1/3", "to 2/3", "below all", "all samples"], 5)
    shown = f"The best {len(candidates)} of {len(result.candidates)} candidates and {len(tasks)} of {len(result.tasks)} tasks"
    return style.finish(
        figure,
        f"Share of the samples of a task, demo and test, whose output a candidate found. {shown} are shown.",
        wide=len(tasks) > 12,
    )


def leaderboard(result):
    """Samples that the best candidates matched."""
    best = ranking(result).head(15)
    if best.empty:
        return None
    figure, ax = style.axes(1.4 + 0.24 * len(best))
    y = np.arange(len(best))
    style.stacked_bars(ax, {"demo samples": best.demo_matches, "test samples": best.test_matches})
    samples = int(result.tasks.n_demo.sum() + result.tasks.n_test.sum())
    ax.set(
        title="Leaderboard", xlabel=f"samples matched, of {samples}", ylabel="candidate", yticks=y, xlim=(0, samples)
    )
    ax.set_yticklabels([style.plain(style.short(c, 30)) for c in best.id], fontsize=8)
    for at, solved, score in zip(y, best.tasks_solved, best.o_score):
        ax.text(score + samples * 0.01, at, f"{solved} solved", va="center", fontsize=8, color=style.MUTED)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    style.legend_below(figure, *ax.get_legend_handles_labels(), 2)
    return style.finish(
        figure, f"The best {len(best)} of {len(result.candidates)} candidates by tasks solved, then samples matched."
    )


def endings(result):
    """What became of all calls."""
    counts = result.calls.status.value_counts()
    counts = counts[counts > 0]
    if counts.empty:
        return None
    figure, ax = style.axes(1.2 + 0.26 * len(counts))
    y = np.arange(len(counts))
    ax.barh(y, counts, 0.72, color=style.MEASURED)
    for at, n in zip(y, counts):
        ax.text(n, at, f" {n}", va="center", fontsize=9, color=style.MUTED)
    ax.set(
        title="Outputs and calls without any",
        xlabel="number",
        yticks=y,
        yticklabels=[str(s).replace("_", " ") for s in counts.index],
        xlim=(0, counts.max() * 1.15),
    )
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    return style.finish(figure, f"Endings of all {int(counts.sum())} outputs and of calls without any.")


def latency(result):
    """Wall and CPU time of calls of programs."""
    calls = result.runtime.calls
    if calls.empty:
        return None
    figure, ax = style.axes(3.2)
    smallest = max(min(calls.wall_s.min(), calls.cpu_s.min()), 1e-4)
    edges = np.logspace(np.floor(np.log10(smallest)), np.ceil(np.log10(max(calls.wall_s.max(), 2e-4))), 33)
    for column, name, color in (
        ("wall_s", "wall time", style.SERIES[0]),
        ("cpu_s", "CPU time of all processes", style.SERIES[1]),
    ):
        counts, _ = np.histogram(calls[column].clip(edges[0], edges[-1]), edges)
        ax.stairs(counts, edges, color=color, label=name, linewidth=1.8)
    ax.set(title="What calls of programs took", xlabel="seconds", ylabel="number of calls", xscale="log")
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.legend()
    return style.finish(
        figure,
        f"{len(calls)} calls of solver programs; half took at most {calls.wall_s.median():.2g} s, "
        f"the longest {calls.wall_s.max():.2g} s.",
    )
