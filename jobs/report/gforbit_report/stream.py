"""Terms of pipelines: what they let through and where time went; and the statistics of sequences."""

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap

from . import page, sampling, style

MAX_TERMS = 20
MAX_PIPELINES = 30
LEVEL = 0.01
P_BINS = 20

SUMS = ["in", "out", "filtered", "errors", "busy_s", "blocked_s"]
LARGEST = ["queue_max", "latency_max_s", "latency_p95_s"]


# ---- terms -------------------------------------------------------------------------------------------------


def _terms(result):
    """Terms that took most of the time, in their order, with a column `label`, and a sentence that says which these are.

    Equal terms of many pipelines are one: numbers of items and times added, latencies averaged by items, or the largest
    of them. None where nothing was measured.
    """
    if "runtime/terms" not in result.tables or result.terms.empty:
        return None, ""
    terms = result.terms.copy()
    n_pipelines = terms.pipeline.nunique()
    if len(terms) <= MAX_TERMS or n_pipelines == 1:
        prefix = result.pipelines.id[terms.pipeline].set_axis(terms.index) + ": " if n_pipelines > 1 else ""
        terms["label"] = prefix + terms.term.astype(str) + " " + terms.name
        said = ""
    else:
        for column in ("latency_mean_s", "latency_p50_s"):
            terms[column] *= terms["out"]
        grouped = terms.groupby(["term", "name"], sort=True)
        columns = {c: grouped[c].sum() for c in SUMS + ["latency_mean_s", "latency_p50_s"]}
        columns.update({c: grouped[c].max() for c in LARGEST})
        terms = type(terms)(columns).reset_index()
        for column in ("latency_mean_s", "latency_p50_s"):
            terms[column] /= terms["out"].clip(lower=1)
        terms["label"] = terms.term.astype(str) + " " + terms.name
        said = f" Equal terms of {n_pipelines} pipelines are taken together."
    shown = terms.sort_values("busy_s", ascending=False, kind="stable").head(MAX_TERMS).sort_index()
    if len(shown) < len(terms):
        said += f" The {len(shown)} of {len(terms)} terms with most work are shown."
    return shown.reset_index(drop=True), said


def times(result):
    """Busy and blocked time of each term."""
    terms, said = _terms(result)
    if terms is None:
        return None
    unit, unit_name = style.time_unit((terms.busy_s + terms.blocked_s).max())
    figure, ax = style.axes(0.9 + 0.24 * len(terms))
    style.stacked_bars(ax, [(style.SERIES[0], terms.busy_s / unit), (style.SERIES[1], terms.blocked_s / unit)])
    style.row_labels(ax, terms.label, "term")
    ax.set(xlabel=f"{unit_name}, summed over threads")
    style.linear_axis(ax.xaxis, ticks=4)
    total = result.terms.busy_s.sum()
    slowest = terms.loc[terms.busy_s.idxmax()]
    return style.finish(
        figure,
        "Where the time of terms went",
        f"{slowest.label} took {100 * slowest.busy_s / max(total, 1e-12):.0f} % of the time of all.{said}",
        [
            style.Key("box", style.SERIES[0], "at work"),
            style.Key("box", style.SERIES[1], "blocked by a full edge"),
        ],
    )


LATENCIES = (
    ("latency_mean_s", "mean", "D", "diamond", style.SERIES[0]),
    ("latency_p50_s", "half of them", "o", "dot", style.SERIES[1]),
    ("latency_p95_s", "95 of 100", "s", "square", style.SERIES[2]),
    ("latency_max_s", "slowest", "|", "bar", style.INK),
)


def latencies(result):
    """Latency of items in each term; what was not measured is left out."""
    terms, said = _terms(result)
    if terms is None:
        return None
    measured = terms[terms.latency_max_s > 0].reset_index(drop=True)
    if measured.empty:
        return None
    figure, ax = style.axes(0.9 + 0.24 * len(measured))
    for column, _, marker, _, color in LATENCIES:
        values = measured[column].where(measured[column] > 0)
        ax.plot(np.log10(values), measured.index, marker, color=color, markersize=9 if marker == "|" else 4.5)
    style.row_labels(ax, measured.label, "term")
    ax.set(xlabel="time from arrival to leaving")
    style.log_axis(ax.xaxis, style.seconds, ticks=4)
    none = len(terms) - len(measured)
    return style.finish(
        figure,
        "Latency of items",
        "From arrival before a term to leaving it."
        + (f" Of {style.count(none, 'term')} it was not measured." if none else "")
        + said,
        [style.Key(mark, color, name) for _, name, _, mark, color in LATENCIES],
    )


def items(result):
    """Items into and out of each term, and the longest queue before it."""
    terms, said = _terms(result)
    if terms is None:
        return None
    figure, ax = style.axes(0.9 + 0.27 * len(terms))
    columns = (("in", -0.24, "o"), ("out", 0.0, "s"), ("queue_max", 0.24, "|"))
    for color, (column, shift, marker) in zip(style.SERIES, columns):
        values = terms[column].astype(float)
        at = np.log10(values.where(values > 0, 0.5))
        ax.plot(at, terms.index + shift, marker, color=color, markersize=8 if marker == "|" else 4.5)
    low, high = ax.get_xlim()
    ax.set_xlim(low, max(high, np.log10(12)))
    style.row_labels(ax, terms.label, "term")
    ax.set(xlabel="number of items (none: left of 1)")
    style.log_axis(ax.xaxis, ticks=4)
    errors = int(result.terms.errors.sum())
    return style.finish(
        figure,
        "Items of terms",
        f"Items into and out of terms; {style.count(errors, 'item')} could not be processed.{said}",
        [
            style.Key("dot", style.SERIES[0], "in"),
            style.Key("square", style.SERIES[1], "out"),
            style.Key("bar", style.SERIES[2], "most that waited"),
        ],
    )


# ---- p-values ----------------------------------------------------------------------------------------------


def p_value_tables(result):
    """Paths of the tables with p-values of tests; those of an incomplete run are in /runtime/partial."""
    return [
        t
        for t in result.tables
        if t.startswith(("results/", "runtime/partial/"))
        and {"pipeline", "statistic", "p_value"} <= set(result.h5[t])
        and len(result.h5[t]["row"])
    ]


SECOND_LEVEL = {"statistic", "sequences", "c1", "c10", "uniformity", "proportion", "least_proportion", "passes"}
LEAST_UNIFORMITY = 1e-4


def is_second_level(result, path):
    """Whether it is a table of second_level: what many p-values of each test say together."""
    return set(result.h5[path]) >= SECOND_LEVEL and len(result.h5[path]["row"]) > 0


def second_level(result, path):
    """Such a table as the final report of NIST's program, with what fails marked."""
    frame = result.table(path)
    bins = [f"c{i}" for i in range(1, 11)]
    rows = [
        [f.statistic, *(getattr(f, c) for c in bins)]
        + ["" if np.isnan(f.uniformity) else f"{f.uniformity:.6f}" + (" *" if f.uniformity < LEAST_UNIFORMITY else "")]
        + [f"{f.proportion * f.sequences:.0f} of {f.sequences}" if f.sequences else ""]
        + ["" if np.isnan(f.least_proportion) else f"{f.least_proportion:.4f}", "yes" if f.passes else "no *"]
        for f in frame.head(page.MAX_ROWS).itertuples()
    ]
    names = ["statistic", *bins, "uniformity", "pass", "least proportion", "acceptable"]
    failing = int((frame.passes == 0).sum())
    said = (
        f"{style.count(len(frame), 'statistic')}; {failing} with a * : the p-values are not uniform (below "
        f"{LEAST_UNIFORMITY}), or too few sequences pass."
    )
    if len(frame) > page.MAX_ROWS:
        said += f" The first {page.MAX_ROWS} are shown."
    return page.table(names, rows, set(names[1:]), path) + page.note(said)


def p_values(result, path):
    """p-values of one table: how they are spread by test, and how many are small by pipeline and test.

    Returns
    -------
    list of style.Figure
    """
    frame, said = sampling.read(result, path, ["pipeline", "statistic", "p_value"])
    frame = frame[frame.p_value.notna()]
    if frame.empty:
        return []
    names, tests = _tests(frame)
    frame = frame.assign(statistic=frame.statistic.astype("category"))
    ids = result.pipelines.id
    whose = f"pipeline {ids[frame.pipeline.iloc[0]]}"
    if frame.pipeline.nunique() > 1:
        whose = f"{frame.pipeline.nunique()} pipelines together"
    below = int((frame.p_value < LEVEL).sum())
    facts = (
        f"Table {path}, {whose}: {style.count(below, 'value')} of {style.number(len(frame))} below {LEVEL}; of random "
        f"sequences one of 100 is.{said}"
    )
    figures = [_spread(frame, names, facts + tests)]
    if frame.pipeline.nunique() > 1:
        figures.append(_by_pipeline(frame, names, ids, path, said + tests))
    return figures


def _tests(frame):
    """Names of the tests that are shown, in the order of the table, and a sentence where these are not all."""
    names = list(dict.fromkeys(frame.statistic))
    if len(names) <= MAX_TERMS:
        return names, ""
    small = (frame.p_value < LEVEL).groupby(frame.statistic).mean().sort_values(ascending=False, kind="stable")
    chosen = set(small.index[:MAX_TERMS])
    said = f" The {MAX_TERMS} of {len(names)} tests with most values below {LEVEL} are shown."
    return [n for n in names if n in chosen], said


RATIOS = [0, 1e-9, 0.5, 1.5, 3, 8, 1e9]


def _spread(frame, names, facts):
    """Each test a row: how many p-values of it lie in each twentieth, compared with an even spread."""
    edges = np.linspace(0, 1, P_BINS + 1)
    counts = np.array([np.histogram(frame.p_value[frame.statistic == n], edges)[0] for n in names], dtype=float)
    ratio = counts * P_BINS / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure, ax = style.axes(0.9 + 0.26 * len(names))
    ax.pcolormesh(
        edges,
        np.arange(len(names) + 1) - 0.5,
        ratio,
        cmap=ListedColormap(style.STEPS),
        norm=BoundaryNorm(RATIOS, len(style.STEPS)),
        edgecolors=style.SURFACE,
        linewidth=0.5,
    )
    style.row_labels(ax, names, "test", 20)
    ax.set(xlabel="p-value", xlim=(0, 1))
    ax.grid(False)
    style.linear_axis(ax.xaxis)
    return style.finish(
        figure,
        "How p-values are spread",
        f"{facts} A row is a test; its color says how many of its p-values lie in a twentieth, as a multiple of an even "
        "spread, which random sequences have.",
        style.step_keys(["none", "up to 0.5", "0.5–1.5", "1.5–3", "3–8", "above 8 times"]),
    )


def _by_pipeline(frame, tests, ids, path, said):
    """Share of p-values below the level, of the pipelines with most of them."""
    groups = [frame.pipeline, frame.statistic]
    small = (frame.p_value < LEVEL).groupby(groups, observed=True).mean().unstack().reindex(columns=tests)
    order = small.mean(axis=1).sort_values(ascending=False, kind="stable").index[:MAX_PIPELINES]
    values = np.ma.masked_invalid(small.loc[order].to_numpy(dtype=float))
    longest = max(len(style.short(n, 20)) for n in tests)
    figure, ax = style.axes(0.5 + 0.085 * longest + 0.19 * len(order))
    ax.pcolormesh(
        np.arange(len(tests) + 1) - 0.5,
        np.arange(len(order) + 1) - 0.5,
        values,
        cmap=ListedColormap(style.STEPS),
        norm=BoundaryNorm([0, 1e-9, 0.02, 0.1, 0.5, 0.999999, 1.001], len(style.STEPS)),
        edgecolors=style.SURFACE,
        linewidth=0.6,
    )
    style.row_labels(ax, ids[order], "pipeline", 18)
    ax.set(xlabel="test", xticks=range(len(tests)))
    ax.set_xticklabels([style.plain(style.short(n, 20)) for n in tests], rotation=90)
    ax.grid(False)
    which = f"The {len(order)} of {len(small)} pipelines with most of them, in" if len(order) < len(small) else "In"
    return style.finish(
        figure,
        f"p-values below {LEVEL} by pipeline",
        f"{which} table {path}: the share of the p-values of a pipeline and a test that are below {LEVEL}.{said}",
        style.step_keys(["none", "up to 2 %", "2–10 %", "10–50 %", "above 50 %", "all"]),
    )
