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

    Returns
    -------
    list of style.Figure
        None where all runs have as many threads.
    """
    threads = np.array([run.runtime.attrs["threads"] for run in runs])
    elapsed = np.array([run.runtime.attrs["elapsed_s"] for run in runs])
    ranks = np.array([run.runtime.attrs["ranks"] for run in runs])
    counts = np.array(sorted(set(threads.tolist())))
    if len(counts) < 2:
        return []
    best = np.array([elapsed[threads == n].min() for n in counts])
    speedup = best[0] / best[-1]
    said = f"{len(runs)} runs with equal results; {counts[-1]} threads are {speedup:.2f} times as fast as {counts[0]}."
    return [_times(threads, elapsed, ranks, counts, best, said), _efficiency(counts, best, said)]


def _times(threads, elapsed, ranks, counts, best, said):
    figure, ax = style.axes(3.4)
    x = np.log10(counts)
    ideal = np.log10(best[0] * counts[0] / counts)
    ax.plot(x, ideal, "--", color=style.EXPECTED)
    ax.plot(x, np.log10(best), color=style.MEASURED)
    ax.plot(np.log10(threads), np.log10(elapsed), "o", color=style.MEASURED, markersize=5)
    low, high = min(ideal.min(), np.log10(best).min()), max(ideal.max(), np.log10(elapsed).max())
    margin = max(0.08 * (high - low), 0.06)
    ax.set(
        xlabel="threads of all ranks",
        ylabel="elapsed time",
        xlim=(x[0] - 0.06 * (x[-1] - x[0]), x[-1] + 0.2 * (x[-1] - x[0])),
        ylim=(low - margin, high + margin),
    )
    for at, label_y, text in _labels(threads, elapsed, ranks, 0.07 * (high - low + 2 * margin)):
        ax.annotate(
            text,
            (at, label_y),
            xytext=(5, 8),
            textcoords="offset points",
            va="center",
            fontsize=style.SMALL,
            color=style.MUTED,
        )
    style.log_axis(ax.yaxis, style.seconds)
    _thread_ticks(ax, counts)
    return style.finish(
        figure,
        "Time by threads",
        f"{said} Beside the points: ranks × threads of a rank.",
        [
            style.Key("dash", style.EXPECTED, "ideal"),
            style.Key("line", style.MEASURED, "best run"),
            style.Key("dot", style.MEASURED, "runs"),
        ],
    )


def _labels(threads, elapsed, ranks, distance):
    """Where each run has its label: runs of one number of threads below each other, equal texts close by once."""
    for n in sorted(set(threads.tolist())):
        own = sorted((np.log10(t), f"{r}×{n // r}") for t, r, k in zip(elapsed, ranks, threads) if k == n)
        groups_ = []
        for y, text in own:
            if groups_ and y - groups_[-1][0] < distance:
                if text not in groups_[-1][1]:
                    groups_[-1][1].append(text)
            else:
                groups_.append((y, [text]))
        for y, texts in groups_:
            yield np.log10(n), y, ", ".join(texts)


def _efficiency(counts, best, said):
    figure, ax = style.axes(3.4)
    x = np.log10(counts)
    ax.axhline(100, linestyle="--", color=style.EXPECTED)
    shares = 100 * best[0] * counts[0] / (best * counts)
    ax.plot(x, shares, "o-", color=style.MEASURED, markersize=5)
    ax.set(xlabel="threads of all ranks", ylabel="parallel efficiency, %", ylim=(0, max(110, 1.1 * shares.max())))
    style.linear_axis(ax.yaxis)
    _thread_ticks(ax, counts)
    return style.finish(
        figure,
        "Parallel efficiency",
        f"Time of {counts[0]} threads × {counts[0]}, divided by time × threads. {said}",
        [style.Key("dash", style.EXPECTED, "ideal"), style.Key("line", style.MEASURED, "best run")],
    )


def _thread_ticks(ax, counts):
    """A label for every number of threads, unless they would touch."""
    low, high = ax.get_xlim()
    shown = []
    for n in counts:
        if not shown or np.log10(n / shown[-1]) > 0.07 * (high - low):
            shown.append(n)
    ax.set_xticks(np.log10(shown), [str(n) for n in shown])
