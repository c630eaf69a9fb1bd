"""What a search has found: functions by form and degree, beside what is expected of functions chosen at random."""

import matplotlib.ticker
import numpy as np

from . import page, style

MARKS = [("o", "dot"), ("s", "square"), ("D", "diamond")]
"""Marker of matplotlib, and its name in a legend."""

MAX_FORMS = 8


def expected_share(degree):
    """Share of functions of maximal period among all that the rule of parity leaves, without the product of all cells.

    There are 2^(2^(n-1) - n) de Bruijn cycles of order n (de Bruijn 1946), and as many functions with f(0) = 0 of maximal
    period. 2^(2^(n-1) - 2) nonsingular functions fix the zero state and not the state of ones. Half of these, those with
    the product of all n - 1 cells, have an odd number of cycles and so never maximal period.
    """
    return 8.0 / 2.0 ** np.asarray(degree, float)


def is_for_maximal_periods(result):
    goals = [line.partition("=")[2].strip() for line in result.config.splitlines() if line.startswith("goal ")]
    return goals in ([], ["maximal"], ["de-bruijn"])


def families(result):
    """The table /results/families with the share of candidates found and, of maximal periods, what is expected."""
    frame = result.table("results/families")
    frame["share"] = frame.n_found / frame.n_after_parity.where(frame.n_after_parity > 0)
    frame["expected"] = expected_share(frame.degree) * frame.n_after_parity if is_for_maximal_periods(result) else np.nan
    return frame


def families_table(result):
    """One row a family, with how many functions each rule has left."""
    frame = families(result)
    names = ["form", "degree", "status", "functions", "candidates", "after parity", "after short cycles", "found", "expected"]
    rows = [
        [f.form, f.degree, f.status if not f.message else f"{f.status}: {style.short(f.message, 240)}"]
        + [style.number(n) for n in (f.n_functions, f.n_candidates, f.n_after_parity)]
        + ([style.number(f.n_after_short_cycles), style.number(f.n_found)] if f.status == "completed" else ["", ""])
        + ["" if np.isnan(f.expected) else f"{f.expected:.2g}"]
        for f in frame.head(page.MAX_ROWS).itertuples()
    ]
    more = page.note(f"The first {page.MAX_ROWS} of {len(frame)} families.") if len(frame) > page.MAX_ROWS else ""
    return page.table(names, rows, set(names[1:2] + names[3:]), "families") + more


def density(result):
    """Share of candidates that were found, by degree and form."""
    frame = families(result)
    frame = frame[(frame.status == "completed") & (frame.n_found > 0)]
    if frame.empty:
        return None
    forms = list(dict.fromkeys(frame.form))
    shown = forms[:MAX_FORMS]
    figure, ax = style.axes()
    keys = []
    for i, form in enumerate(shown):
        rows = frame[frame.form == form].sort_values("degree")
        color = style.SERIES[i % len(style.SERIES)]
        marker, mark = MARKS[i // len(style.SERIES) % len(MARKS)]
        ax.plot(rows.degree, np.log10(rows.share), marker=marker, color=color, linewidth=1, markersize=4.5)
        keys.append(style.Key(mark, color, style.short(form, 40)))
    said = f" The first {len(shown)} of {len(forms)} forms are shown." if len(forms) > len(shown) else ""
    text = "Functions found among the candidates that the rule of parity leaves, by number of cells."
    if is_for_maximal_periods(result):
        degrees = np.arange(frame.degree.min(), frame.degree.max() + 1)
        ax.plot(degrees, np.log10(expected_share(degrees)), color=style.MUTED, linestyle="--", linewidth=1.2)
        keys.append(style.Key("dash", style.MUTED, "functions at random"))
        text += " Of all functions of n cells that fix the zero state, not the state of ones, and have an even number of "
        text += "cycles, as these do, 8/2^n have maximal period."
    ax.set(xlabel="number of cells", ylabel="share found")
    ax.margins(x=0.08, y=0.12)
    ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(nbins=6, integer=True))
    style.log_axis(ax.yaxis, label=_share)
    return style.finish(figure, "Share of functions found", text + said, keys)


def _share(value):
    return style.number(value) if value >= 1e-3 else style.power_of_ten(np.log10(value))
