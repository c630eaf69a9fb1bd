"""Several runs of one problem: how time falls with threads."""

import numpy as np

from . import style


def groups(results):
    """Runs with equal results, by digest, in the order given; only complete ones."""
    found = {}
    for result in results:
        if result.complete and result.runtime.attrs.get("elapsed_s", 0) > 0:
            found.setdefault((result.job, result.attrs["results_sha256"]), []).append(result)
    return [runs for runs in found.values() if len(runs) > 1]


def scaling(runs):
    """Elapsed time and parallel efficiency by number of threads, against the run with the fewest.

    Parameters
    ----------
    runs : list of gforbit.ResultFile
        Of equal results.
    """
    threads = np.array([run.runtime.attrs["threads"] for run in runs])
    elapsed = np.array([run.runtime.attrs["elapsed_s"] for run in runs])
    ranks = np.array([run.runtime.attrs["ranks"] for run in runs])
    if len(set(threads.tolist())) < 2:
        return None
    counts = np.array(sorted(set(threads.tolist())))
    best = np.array([elapsed[threads == n].min() for n in counts])
    figure, (ax, below) = style.axes(3.4, 2 * style.WIDTH, ncols=2)
    ax.plot(counts, best[0] * counts[0] / counts, "--", color=style.EXPECTED, label="ideal")
    ax.plot(counts, best, color=style.MEASURED, label="best run")
    ax.plot(threads, elapsed, "o", color=style.MEASURED, markersize=5, label="runs")
    for n, t, r in zip(threads, elapsed, ranks):
        ax.annotate(f"{r}×{n // r}", (n, t), xytext=(5, 5), textcoords="offset points", fontsize=8, color=style.MUTED)
    ax.set(
        title="Time by threads (ranks×threads)",
        xlabel="threads of all ranks",
        ylabel="elapsed seconds",
        xscale="log",
        yscale="log",
    )
    below.axhline(100, linestyle="--", color=style.EXPECTED, label="ideal")
    below.plot(
        counts, 100 * best[0] * counts[0] / (best * counts), "o-", color=style.MEASURED, markersize=5, label="best run"
    )
    below.set(title="Parallel efficiency", xlabel="threads of all ranks", ylabel="%", xscale="log", ylim=(0, None))
    style.time_axis(ax.yaxis)
    for axis in (ax, below):
        axis.set_xticks(counts, [str(n) for n in counts])
        axis.xaxis.set_minor_locator(style.matplotlib.ticker.NullLocator())
    ax.legend()
    speedup = best[0] / best[-1]
    return style.finish(
        figure,
        f"{len(runs)} runs with equal results; {counts[-1]} threads are {speedup:.2f} times as fast as {counts[0]}.",
        wide=True,
    )
