"""Terms of pipelines: what they let through and where time went; and the statistics of sequences."""

import numpy as np

from . import style

MAX_TERMS = 40


def _labels(result, terms):
    pipelines = result.pipelines.id
    names = terms.term.astype(str) + " " + terms.name
    if len(pipelines) > 1:
        names = pipelines[terms.pipeline].set_axis(terms.index) + ": " + names
    return [style.plain(style.short(name, 34)) for name in names]


def _busiest(result):
    """The terms that took most of the time, in their order; None where nothing was measured."""
    if "runtime/terms" not in result.tables or result.terms.empty:
        return None
    return result.terms.sort_values("busy_s", ascending=False, kind="stable").head(MAX_TERMS).sort_index()


def _rows(ax, labels):
    ax.set(ylabel="term", yticks=np.arange(len(labels)))
    ax.set_yticklabels(labels, fontsize=8)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)


def times(result):
    """Busy and blocked time of each term."""
    terms = _busiest(result)
    if terms is None:
        return None
    figure, ax = style.axes(1.6 + 0.24 * len(terms))
    style.stacked_bars(ax, {"at work": terms.busy_s, "blocked by a full edge": terms.blocked_s})
    _rows(ax, _labels(result, terms))
    ax.set(title="Where the time of terms went", xlabel="seconds, summed over threads")
    style.legend_below(figure, *ax.get_legend_handles_labels(), 2)
    total = result.terms.busy_s.sum()
    slowest = result.terms.loc[[result.terms.busy_s.idxmax()]]
    return style.finish(
        figure,
        f"{len(terms)} of {len(result.terms)} terms; {_labels(result, slowest)[0]} took "
        f"{100 * slowest.busy_s.iloc[0] / max(total, 1e-12):.0f} % of the time of all.",
    )


def latencies(result):
    """Latency of items in each term."""
    terms = _busiest(result)
    if terms is None:
        return None
    figure, ax = style.axes(1.6 + 0.24 * len(terms))
    y = np.arange(len(terms))
    smallest = 1e-7
    shown = (("latency_mean_s", "mean", "D"), ("latency_p50_s", "half", "o"), ("latency_p95_s", "95 of 100", "s"))
    for color, (column, name, marker) in zip(style.SERIES, shown):
        ax.plot(terms[column].clip(lower=smallest), y, marker, color=color, markersize=4.5, label=name)
    ax.plot(terms.latency_max_s.clip(lower=smallest), y, "|", color=style.INK, markersize=9, label="slowest")
    _rows(ax, _labels(result, terms))
    ax.set(title="Latency of items", xlabel="seconds", xscale="log")
    style.legend_below(figure, *ax.get_legend_handles_labels(), 4)
    return style.finish(
        figure, f"From arrival before a term to leaving it, for {len(terms)} of {len(result.terms)} terms."
    )


def items(result):
    """Items into and out of each term, and the longest queue before it."""
    terms = _busiest(result)
    if terms is None:
        return None
    figure, ax = style.axes(1.6 + 0.24 * len(terms))
    y = np.arange(len(terms))
    for color, column, name, marker in (
        (style.SERIES[0], "in", "in", "o"),
        (style.SERIES[1], "out", "out", "s"),
        (style.SERIES[2], "queue_max", "most that waited", "|"),
    ):
        ax.plot(terms[column].astype(float).clip(lower=0.5), y, marker, color=color, markersize=5, label=name)
    _rows(ax, _labels(result, terms))
    ax.set(title="Items of terms", xlabel="number of items (none: 0.5)", xscale="log")
    style.legend_below(figure, *ax.get_legend_handles_labels(), 3)
    errors = int(result.terms.errors.sum())
    return style.finish(figure, f"Items into and out of terms; {style.count(errors, 'item')} could not be done.")


def p_values(result):
    """p-values of tests of randomness, by test."""
    tables = [t for t in result.tables if t.startswith("results/") and {"statistic", "p_value"} <= set(result[t])]
    if not tables:
        return None
    table = result[tables[0]].dropna(subset="p_value")
    if table.empty:
        return None
    names = list(dict.fromkeys(table.statistic))
    figure, ax = style.axes(1.4 + 0.3 * len(names))
    for i, name in enumerate(names):
        own = table.p_value[table.statistic == name].to_numpy()[:2000]
        spread = ((np.arange(len(own)) * 0.618034) % 1 - 0.5) * 0.6  # so that equal values are seen
        ax.plot(own, i + spread, "o", color=style.MEASURED, alpha=0.55, markersize=3)
    ax.axvline(0.01, color=style.EXPECTED, linestyle="--", label="0.01: one of 100 random sequences is below")
    ax.set(title="p-values", xlabel="p-value", ylabel="test", yticks=np.arange(len(names)), xlim=(-0.02, 1.02))
    ax.set_yticklabels([style.plain(style.short(n, 30)) for n in names], fontsize=8)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    style.legend_below(figure, *ax.get_legend_handles_labels(), 1)
    below = int((table.p_value < 0.01).sum())
    return style.finish(
        figure,
        f"Table {tables[0]}: {below} of {style.count(len(table), 'p-value')} below 0.01. Of random sequences they are spread evenly.",
    )
