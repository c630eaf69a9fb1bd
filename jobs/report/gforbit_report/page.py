"""The page around the figures: HTML, tables and the colors of light and dark."""

import dataclasses
import os
import shlex

from . import style
from .style import escape, raised, short

STYLE = """
:root { color-scheme: light dark; --page: #f5f5f2; --surface: #fdfdfb; --ink: #1a1a18; --muted: #5e5d58; --grid: #e2e1da;
  --link: #1d5cb0; --warning: #a8420a;
  --series-1: #2a6fc9; --series-2: #d0581a; --series-3: #118a62; --series-4: #7a55c7; --series-5: #9c7a00;
  --step-0: #e9edf3; --step-1: #c3daf6; --step-2: #8dbaf0; --step-3: #4f90df; --step-4: #2463b5; --step-5: #123e7c; }
@media (prefers-color-scheme: dark) {
:root { --page: #121211; --surface: #1b1b1a; --ink: #f1f0ec; --muted: #b0afa8; --grid: #363633;
  --link: #7db4ff; --warning: #ff9a5c;
  --series-1: #5a9cf0; --series-2: #f0813f; --series-3: #37b98b; --series-4: #a88af0; --series-5: #d6b02f;
  --step-0: #262a31; --step-1: #173a68; --step-2: #1f539a; --step-3: #3a7fd2; --step-4: #7fb3f2; --step-5: #cfe3fc; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 0 max(1rem, 3vw) 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "DejaVu Sans", Verdana, sans-serif; }
main, header { max-width: 82rem; margin: 0 auto; }
h1 { font-size: 1.6rem; margin: 2rem 0 0.2rem; }
h2 { font-size: 1.3rem; margin: 3rem 0 0.4rem; padding-top: 0.8rem; border-top: 2px solid var(--series-1); }
h3 { font-size: 1.05rem; margin: 1.8rem 0 0.5rem; }
h4 { font-size: 0.95rem; margin: 0 0 0.5rem; }
h2, h3, h4, p, li, figcaption, code, td { overflow-wrap: anywhere; }
p { margin: 0.3rem 0; max-width: 60rem; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; margin: 0; padding: 0; list-style: none; }
nav li { max-width: 100%; }
a { color: var(--link); }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 0.5rem; padding: 0.3rem 0.6rem; background: var(--surface); }
:focus-visible { outline: 3px solid var(--series-1); outline-offset: 2px; }
.muted { color: var(--muted); }
.incomplete { color: var(--warning); font-weight: bold; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0.8rem 0; }
figure { flex: 1 1 24rem; margin: 0; padding: 0.9rem; background: var(--surface); border: 1px solid var(--grid);
  border-radius: 6px; min-width: 0; max-width: 100%; }
figure.wide { flex-basis: 100%; }
figure.half { flex-basis: 34rem; }
.body { display: flex; flex-wrap: wrap; gap: 0.4rem 1.6rem; }
.picture { flex: 3 1 20rem; min-width: 0; max-width: 100%; overflow-x: auto; }
.wide .picture { flex-basis: 100%; }
.picture > svg { display: block; width: 100%; height: auto; margin: 0 auto; }
.says { flex: 2 1 13rem; min-width: 0; }
.wide .says { flex-basis: 100%; }
.keys { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; margin: 0 0 0.3rem; padding: 0; list-style: none; font-size: 0.87rem; }
.keys svg { width: 1.5em; height: 0.8em; margin-right: 0.4em; vertical-align: -0.05em; }
figcaption { color: var(--muted); font-size: 0.87rem; max-width: 60rem; }
/* The shadows at the sides stay, and their covers move with the table: a shadow tells that there is more. */
.scroll { overflow: auto; max-height: 34rem; max-width: 100%; width: fit-content; background:
  linear-gradient(to right, var(--page) 50%, transparent) left / 2.4rem 100% no-repeat local,
  linear-gradient(to left, var(--page) 50%, transparent) right -1px top 0 / 2.4rem 100% no-repeat local,
  linear-gradient(to right, rgb(128 128 128 / 0.4), transparent) left / 0.6rem 100% no-repeat scroll,
  linear-gradient(to left, rgb(128 128 128 / 0.4), transparent) right / 0.6rem 100% no-repeat scroll; }
table { border-collapse: collapse; font-size: 0.87rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.22rem 0.9rem 0.22rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
thead th { color: var(--muted); font-weight: normal; white-space: nowrap; position: sticky; top: 0; background: var(--page); }
tbody th { color: var(--muted); font-weight: normal; min-width: 6rem; }
td { min-width: 5rem; }
td.long { min-width: 14rem; }
td.number, th.number { text-align: right; min-width: 0; white-space: nowrap; }
.facts td { min-width: 0; }
sup { font-size: 0.8em; line-height: 0; }
code { font: 0.87em ui-monospace, "DejaVu Sans Mono", monospace; }
.samples { display: flex; flex-wrap: wrap; gap: 1rem; margin: 0.8rem 0; }
.grids { display: flex; flex-wrap: wrap; gap: 0.8rem; }
.grids div { flex: 1 1 5.5rem; max-width: 13rem; min-width: 0; font-size: 0.8rem; overflow-wrap: anywhere; }
.grids svg { display: block; width: 100%; max-height: 13rem; margin-bottom: 0.2rem; }
.arc-lines { fill: none; stroke: #555; stroke-width: 0.04; }
.arc-0 { fill: #000; } .arc-1 { fill: #0074d9; } .arc-2 { fill: #ff4136; } .arc-3 { fill: #2ecc40; } .arc-4 { fill: #ffdc00; }
.arc-5 { fill: #aaa; } .arc-6 { fill: #f012be; } .arc-7 { fill: #ff851b; } .arc-8 { fill: #7fdbff; } .arc-9 { fill: #870c25; }
.arc-10, .arc-11, .arc-12, .arc-13, .arc-14, .arc-15 { fill: #fff; }
.narrow { display: none !important; }
@media (max-width: 899px) { .broad { display: none !important; } .narrow { display: block !important; } }
@media (max-width: 599px) { figure { padding: 0.5rem; } table { font-size: 0.8rem; } th, td { padding-right: 0.6rem; } }
@media print { :root { --page: #fff; } figure { break-inside: avoid; } .scroll { max-height: none; } }
"""

MAX_ROWS = 200


@dataclasses.dataclass
class Block:
    """A heading, what is to be said in HTML, and figures."""

    title: str
    text: str
    figures: list


@dataclasses.dataclass
class Section:
    """All blocks about one file."""

    result: object
    blocks: list


def document(sections, comparisons):
    """The page as text.

    Parameters
    ----------
    sections : list of Section
    comparisons : list of Block
        About several files; first on the page.
    """
    names = [os.path.basename(s.result.path) for s in sections]
    links = [(f"file-{i}", n) for i, n in enumerate(names)]
    parts = [_block(block) for block in comparisons]
    if parts:
        parts.insert(0, '<h2 id="runs">Comparison</h2>')
        links.insert(0, ("runs", "Comparison"))
    entries = "".join(f'<li><a href="#{place}">{escape(n)}</a></li>' for place, n in links)
    parts += [_section(i, s) for i, s in enumerate(sections)]
    title = "gforbit: " + ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        '<body>\n<a class="skip" href="#results">Skip to the results</a>\n<header><h1>gforbit results</h1>\n'
        f'<nav aria-label="Files"><ul>{entries}</ul></nav></header>\n<main id="results">\n'
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def _section(number, section):
    result = section.result
    attrs = result.attrs
    state = (
        f"complete, exit status {attrs['exit_status']}"
        if result.complete
        else '<span class="incomplete">incomplete: the run was not at its end</span>'
    )
    head = (
        f'<h2 id="file-{number}">{escape(os.path.basename(result.path))}</h2>\n'
        f"<p>Job <b>{escape(result.job)}</b>, {state}, by gforbit {escape(attrs['producer_version'])} "
        f"({escape(attrs.get('git_revision', 'unknown'))}).</p>\n"
        f'<p class="muted">results_sha256 <code>{escape(attrs["results_sha256"])}</code></p>'
    )
    return "\n".join([head] + [_block(b) for b in section.blocks])


def _block(block):
    title = f"<h3>{escape(block.title)}</h3>\n" if block.title else ""
    figures = "\n".join(_figure(f, kind) for f, kind in zip(block.figures, _widths(block.figures)))
    return title + block.text + (f'\n<div class="figures">\n{figures}\n</div>' if figures else "")


def _widths(figures):
    """CSS classes, so that rows of three cards end without a single one: of four cards two are side by side."""
    kinds = ["wide" if f.wide else "" for f in figures]
    begin = 0
    for end in range(len(kinds) + 1):
        if end == len(kinds) or kinds[end]:
            if end - begin > 3 and (end - begin) % 3 == 1:
                kinds[end - 4 : end] = ["half"] * 4
            begin = end + 1
    return kinds


def _figure(figure, kind):
    keys = "".join(f"<li>{_mark(key)}{escape(key.label)}</li>" for key in figure.keys)
    return (
        f'<figure{f" class={kind}" if kind else ""}>\n<h4>{escape(figure.title)}</h4>\n<div class="body">'
        f'<div class="picture">{"".join(figure.pictures)}</div>\n<div class="says">'
        + (f'<ul class="keys">{keys}</ul>' if keys else "")
        + f"<figcaption>{raised(escape(figure.caption))}</figcaption></div></div>\n</figure>"
    )


MARKS = {
    "box": '<rect width="22" height="12" fill="{0}"/>',
    "line": '<path d="M0 6h22" stroke="{0}" stroke-width="3"/>',
    "dash": '<path d="M0 6h22" stroke="{0}" stroke-width="3" stroke-dasharray="6 3"/>',
    "dot": '<circle cx="11" cy="6" r="5" fill="{0}"/>',
    "square": '<rect x="6" y="1" width="10" height="10" fill="{0}"/>',
    "diamond": '<path d="M11 0l6 6-6 6-6-6z" fill="{0}"/>',
    "ring": '<circle cx="11" cy="6" r="4" fill="none" stroke="{0}" stroke-width="2"/>',
    "bar": '<path d="M11 0v12" stroke="{0}" stroke-width="3"/>',
}


def _mark(key):
    return f'<svg viewBox="0 0 22 12" aria-hidden="true">{MARKS[key.mark].format(key.css)}</svg>'


def samples(found):
    """Grids of samples side by side.

    Parameters
    ----------
    found : list of (str, list of (str, str))
        A heading and named pictures, one a sample.
    """
    cards = "".join(
        f'<figure><h4>{escape(title)}</h4><div class="grids">'
        + "".join(f"<div>{picture}{escape(name)}</div>" for name, picture in pictures)
        + "</div></figure>"
        for title, pictures in found
    )
    return f'<div class="samples">{cards}</div>'


# ---- tables ------------------------------------------------------------------------------------------------


def note(text):
    return f'<p class="muted">{escape(text)}</p>'


def table(names, rows, numbers=(), label="table"):
    """A table that scrolls in its place where it is larger than that; columns in `numbers` are set to the right."""
    longs = {i for i in range(len(names)) if any(len(str(row[i])) > 40 for row in rows)}
    kind = [' class="number"' if n in numbers else ' class="long"' if i in longs else "" for i, n in enumerate(names)]
    head = "".join(f'<th scope="col"{k}>{escape(n)}</th>' for n, k in zip(names, kind))
    body = "".join(
        "<tr>" + "".join(f"<td{k}>{raised(escape(v))}</td>" for v, k in zip(row, kind)) + "</tr>\n" for row in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>"
    )


def registers_table(result):
    n = len(result.h5["results/registers/row"])
    registers = result.table("registers", slice(0, MAX_ROWS))
    names = ["register", "GF(q)", "degree", "feedback", "status", "cycles", "longest period", "transient states"]
    rows = [
        [r.id, r.field_order, r.degree, short(r.feedback, 60), _status(r, result)]
        + [_count(c) for c in (r.n_cycles_decimal, r.max_period_decimal, r.n_transient_states_decimal)]
        for r in registers.itertuples()
    ]
    numbers = {"GF(q)", "degree", "cycles", "longest period", "transient states"}
    more = (
        "" if n <= MAX_ROWS else f"The first {MAX_ROWS} of {style.count(n, 'register')}; all of them: gforbit summary."
    )
    return table(names, rows, numbers, "registers") + (note(more) if more else "")


def endings(result):
    """How many registers or pipelines ended in which way."""
    path = "results/registers" if result.job == "cycles" else "results/pipelines"
    counts = result.table(path, columns=["status"]).status.value_counts()
    said = [f"{style.number(n)} {str(status).replace('_', ' ')}" for status, n in counts.items() if n]
    return note(f"{style.count(int(counts.sum()), path.rpartition('/')[2][:-1])}: {', '.join(said)}.")


def _status(register, result):
    if register.coalesced_into >= 0:
        same = slice(register.coalesced_into, register.coalesced_into + 1)
        return f"{register.status}, as {result.table('registers', same, columns=['id']).id.iloc[0]}"
    return register.status if not register.message else f"{register.status}: {short(register.message, 240)}"


def register_facts(register):
    said = [
        f"{register.kind}, {'nonsingular' if register.nonsingular else 'singular'}",
        f"{_count(register.state_count_decimal)} states, {register.method}",
        "coverage verified" if register.coverage_verified else "coverage not verified",
    ]
    if register.is_primitive == 1:
        said.append("characteristic polynomial primitive")
    elif register.is_irreducible == 1:
        said.append("characteristic polynomial irreducible")
    if register.max_transient_length > 0:
        said.append(f"longest way to a cycle {register.max_transient_length} steps")
    return f"<p><code>f = {escape(short(register.feedback, 400))}</code></p>\n{note(', '.join(said))}"


def leaders_table(ranking):
    names = ["candidate", "tasks solved", "samples matched", "demo", "test", "cells right", "failed calls"]
    rows = [
        [
            r.id,
            r.tasks_solved,
            r.o_score,
            r.demo_matches,
            r.test_matches,
            f"{100 * r.cells_equal / max(r.cells_total, 1):.1f} %",
            r.n_failed_calls,
        ]
        for r in ranking.head(30).itertuples()
    ]
    said = note(f"The best {len(rows)} of {style.count(len(ranking), 'candidate')}.")
    return table(names, rows, set(names[1:]), "candidates") + said


def pipelines_table(pipelines):
    rows = [
        [p.id, short(p.pipeline, 160), p.status if not p.message else f"{p.status}: {short(p.message, 240)}"]
        for p in pipelines.head(MAX_ROWS).itertuples()
    ]
    more = note(f"The first {MAX_ROWS} of {len(pipelines)} pipelines.") if len(pipelines) > MAX_ROWS else ""
    return table(["id", "pipeline", "status"], rows, (), "pipelines") + more


def head_table(result, path, n_rows=5):
    """The first rows of any table."""
    total = len(result.h5[path]["row"])
    head = result.table(path, slice(0, n_rows))
    numbers = {name for name in head if head[name].dtype.kind in "iuf"}
    for name in [n for n in head if f"{n}_decimal" in head]:
        head[name] = head.pop(f"{name}_decimal")
    for name, owners in (("pipeline", "results/pipelines"), ("register", "results/registers")):
        if name in head and "row in" in head.attrs["long_name"].get(name, ""):
            head[name] = _ids(result, owners, head[name])
            numbers.discard(name)
    rows = [[_cell(value) for value in row] for row in head.itertuples(index=False)]
    said = (
        f"The first {len(rows)} of {style.count(total, 'row')}."
        if total > len(rows)
        else style.count(total, "row") + "."
    )
    return table(list(head), rows, numbers, path) + note(said)


def _ids(result, path, rows):
    """Names of rows of another table."""
    known = {row: result.table(path, slice(int(row), int(row) + 1), columns=["id"]).id.iloc[0] for row in set(rows)}
    return [known[row] for row in rows]


def dead_letters_table(result):
    """Items that could not be processed, by term and message, and the first of them."""
    path = "results/dead_letters"
    total = len(result.h5[path]["row"])
    letters = result.table(path, slice(0, 100_000))
    kinds = letters.groupby(["pipeline", "term", letters.message.str.replace(r"\d+", "N", regex=True)])
    rows = [
        [result.pipelines.id[pipeline], term, f"{len(own):,}".replace(",", "\u202f"), own["index"].iloc[0]]
        + [short(own.message.iloc[0], 120)]
        for (pipeline, term, _), own in kinds
    ]
    rows.sort(key=lambda row: -int(row[2].replace("\u202f", "")))
    names = ["pipeline", "term", "items", "first index", "first message"]
    said = f"{style.count(total, 'item')} could not be processed"
    more = f"; counted are the first {style.number(len(letters))}." if total > len(letters) else "."
    cut = f" The {MAX_ROWS} most frequent of {len(rows)} kinds are shown." if len(rows) > MAX_ROWS else ""
    return table(names, rows[:MAX_ROWS], {"items", "first index"}, "dead letters") + note(said + more + cut)


def _cell(value):
    if isinstance(value, float):
        return "–" if value != value else style.number(value)
    if isinstance(value, int):
        return _count(value)
    return short(value, 60)


def facts_table(result):
    attrs = result.runtime.attrs
    resumed = f", resumed {style.count(attrs['restarts'], 'time')}" if attrs.get("restarts") else ""
    rows = [
        ("begin, end", escape(f"{attrs.get('created', '')}, {attrs.get('finished', '')}")),
        ("elapsed", escape(style.seconds(attrs.get("elapsed_s", 0)) + resumed)),
        (
            "ranks, threads",
            escape(f"{attrs.get('ranks', '')}, {attrs.get('threads', '')} on {short(attrs.get('hosts', ''), 200)}"),
        ),
        ("processor", escape(attrs.get("cpu", ""))),
        ("arguments", f"<code>{escape(shlex.join(map(str, attrs.get('argv', []))))}</code>"),
        (
            "MPI, HDF5, compiler",
            escape(
                f"{attrs.get('mpi', '')}, {attrs.get('hdf5', '')}, {attrs.get('compiler', '')} ({attrs.get('build_type', '')})"
            ),
        ),
    ]
    body = "".join(f'<tr><th scope="row">{name}</th><td>{value}</td></tr>\n' for name, value in rows)
    return f'<table class="facts">\n<tbody>\n{body}</tbody></table>'


def runs_table(runs):
    names = ["file", "ranks", "threads", "elapsed", "hosts"]
    rows = [
        [os.path.basename(r.path), a["ranks"], a["threads"], style.seconds(a["elapsed_s"]), short(a["hosts"], 60)]
        for r in runs
        for a in [r.runtime.attrs]
    ]
    return table(names, rows, set(names[1:4]), "runs")


def _count(number):
    """Digits in groups; very large numbers shortened; a dash where it is not known."""
    if number is None:
        return "–"
    digits = str(number)
    if len(digits) > 24:
        return f"{digits[:6]}… ({len(digits)} digits)"
    return f"{number:,}".replace(",", "\u202f")
