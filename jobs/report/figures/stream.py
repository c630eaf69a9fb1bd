"""Terms of pipelines: what they let through, and where time went."""

import numpy as np

from . import style

MAX_TERMS = 40


def _labels(table):
    names = [c for c in ("pipeline", "term", "name") if c in table]
    return [style.plain(style.short(" ".join(str(row[n]) for n in names), 40)) for _, row in table.iterrows()]


def _bars(ax, table, columns, labels):
    left, y = np.zeros(len(table)), np.arange(len(table))
    for column, name, color in columns:
        ax.barh(y, table[column], 0.72, left, color=color, label=name, edgecolor=style.SURFACE, linewidth=0.8)
        left += table[column].to_numpy()
    ax.set(ylabel="term", yticks=y)
    ax.set_yticklabels(labels, fontsize=8)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)


def times(result):
    """Busy, blocked and idle time of each term."""
    columns = [
        ("busy_s", "at work", style.SERIES[0]),
        ("blocked_s", "blocked by a full edge", style.SERIES[1]),
        ("idle_s", "without items", style.GRID),
    ]
    if "runtime/terms" not in result.tables:
        return None
    table = result.runtime.terms
    columns = [c for c in columns if c[0] in table]
    if table.empty or not columns:
        return None
    shown = table.sort_values("busy_s", ascending=False).head(MAX_TERMS).sort_index()
    figure, ax = style.axes(1.6 + 0.24 * len(shown))
    _bars(ax, shown, columns, _labels(shown))
    ax.set(title="Where the time of terms went", xlabel="seconds")
    style.legend_below(figure, *ax.get_legend_handles_labels(), 3)
    slowest = _labels(table.loc[[table.busy_s.idxmax()]])[0]
    return style.finish(figure, f"{len(shown)} of {len(table)} terms; the most time went into {slowest}.")


def latencies(result):
    """Latency of items in each term."""
    if "runtime/terms" not in result.tables:
        return None
    table = result.runtime.terms
    columns = [c for c in table if c.startswith("latency_")]
    if table.empty or not columns:
        return None
    shown = table.head(MAX_TERMS)
    figure, ax = style.axes(1.6 + 0.24 * len(shown))
    y = np.arange(len(shown))
    for marker, color, column in zip("o|sD", style.SERIES, columns):
        ax.plot(
            shown[column].clip(lower=1e-9),
            y,
            marker,
            color=color,
            markersize=7 if marker == "|" else 4.5,
            label=column.removeprefix("latency_").removesuffix("_s"),
        )
    ax.set(title="Latency of items", xlabel="seconds", ylabel="term", xscale="log", yticks=y)
    ax.set_yticklabels(_labels(shown), fontsize=8)
    ax.invert_yaxis()
    style.legend_below(figure, *ax.get_legend_handles_labels(), 4)
    return style.finish(
        figure, f"Time that items spent in each of {len(shown)} terms, waiting in front of it included."
    )
