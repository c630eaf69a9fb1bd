"""The page around the figures: HTML, tables and the colors of light and dark."""

import dataclasses
import os

from .style import escape, short

STYLE = """
:root { color-scheme: light dark; --page: #f5f5f2; --surface: #fdfdfb; --ink: #1a1a18; --muted: #63625d; --grid: #e2e1da;
  --series-1: #2a6fc9; --series-2: #d9611e; --series-3: #14936a; --series-4: #7a55c7; --series-5: #b08a00;
  --step-0: #e9edf3; --step-1: #c3daf6; --step-2: #8dbaf0; --step-3: #4f90df; --step-4: #2463b5; --step-5: #123e7c; }
@media (prefers-color-scheme: dark) {
:root { --page: #121211; --surface: #1b1b1a; --ink: #f1f0ec; --muted: #a9a8a1; --grid: #363633;
  --series-1: #5a9cf0; --series-2: #f0813f; --series-3: #37b98b; --series-4: #a88af0; --series-5: #d6b02f;
  --step-0: #262a31; --step-1: #173a68; --step-2: #1f539a; --step-3: #3a7fd2; --step-4: #7fb3f2; --step-5: #cfe3fc; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 0 max(1rem, 3vw) 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "DejaVu Sans", Verdana, sans-serif; }
main, header { max-width: 82rem; margin: 0 auto; }
h1 { font-size: 1.6rem; margin: 2rem 0 0.2rem; }
h2 { font-size: 1.3rem; margin: 3rem 0 0.4rem; padding-top: 0.8rem; border-top: 2px solid var(--series-1); overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 1.8rem 0 0.5rem; overflow-wrap: anywhere; }
p { margin: 0.3rem 0; max-width: 60rem; overflow-wrap: anywhere; }
nav a { margin-right: 1.2em; }
a { color: var(--series-1); }
.muted { color: var(--muted); }
.incomplete { color: var(--series-2); font-weight: bold; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1rem; margin: 0.8rem 0; align-items: start; }
figure { margin: 0; padding: 0.9rem; background: var(--surface); border: 1px solid var(--grid); border-radius: 6px; min-width: 0; overflow-x: auto; }
figure.wide { grid-column: 1 / -1; }
figure svg { display: block; width: 100%; height: auto; margin: 0 auto; }
figcaption { margin-top: 0.5rem; color: var(--muted); font-size: 0.87rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.87rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.22rem 0.9rem 0.22rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
th { color: var(--muted); font-weight: normal; white-space: nowrap; }
td { min-width: 6.5rem; }
td.number, th.number { text-align: right; min-width: 0; white-space: nowrap; }
code { font: 0.87em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
@media print { :root { --page: #fff; } figure { break-inside: avoid; } }
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
    links = "".join(f'<a href="#file-{i}">{escape(n)}</a>' for i, n in enumerate(names))
    parts = [_block(block) for block in comparisons]
    if parts:
        parts.insert(0, '<h2 id="runs">Comparison</h2>')
        links = '<a href="#runs">Comparison</a>' + links
    parts += [_section(i, s) for i, s in enumerate(sections)]
    title = "gforbit: " + ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n<header><h1>gforbit results</h1>\n<nav>{links}</nav></header>\n<main>\n"
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
    figures = "\n".join(
        f'<figure{" class=wide" if f.wide else ""}>\n{f.svg}\n<figcaption>{escape(f.caption)}</figcaption>\n</figure>'
        for f in block.figures
    )
    return title + block.text + (f'\n<div class="figures">\n{figures}\n</div>' if figures else "")


# ---- tables ------------------------------------------------------------------------------------------------


def note(text):
    return f'<p class="muted">{escape(text)}</p>'


def table(names, rows, numbers=()):
    """A table; columns in `numbers` are set to the right."""
    kind = [' class="number"' if n in numbers else "" for n in names]
    head = "".join(f"<th{k}>{escape(n)}</th>" for n, k in zip(names, kind))
    body = "".join("<tr>" + "".join(f"<td{k}>{escape(v)}</td>" for v, k in zip(row, kind)) + "</tr>\n" for row in rows)
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>'


def registers_table(registers):
    names = ["register", "GF(q)", "degree", "feedback", "status", "cycles", "longest period", "transient states"]
    rows = [
        [r.id, r.field_order, r.degree, short(r.feedback, 60), _status(r, registers)]
        + [_count(n) for n in (r.n_cycles_decimal, r.max_period_decimal, r.n_transient_states_decimal)]
        for r in registers.head(MAX_ROWS).itertuples()
    ]
    more = note(f"The first {MAX_ROWS} of {len(registers)} registers.") if len(registers) > MAX_ROWS else ""
    return table(names, rows, {"GF(q)", "degree", "cycles", "longest period", "transient states"}) + more


def _status(register, registers):
    if register.coalesced_into >= 0:
        return f"{register.status}, as {registers.id[register.coalesced_into]}"
    return register.status if not register.message else f"{register.status}: {short(register.message, 80)}"


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
        for r in ranking.head(15).itertuples()
    ]
    return table(names, rows, set(names[1:])) + note(f"The best {len(rows)} of {len(ranking)} candidates.")


def pipelines_table(pipelines):
    rows = [
        [p.id, short(p.pipeline, 160), p.status if not p.message else f"{p.status}: {short(p.message, 80)}"]
        for p in pipelines.head(MAX_ROWS).itertuples()
    ]
    return table(["id", "pipeline", "status"], rows)


def head_table(frame, n_rows=5):
    """The first rows of any table."""
    head = frame.head(n_rows)
    numbers = {name for name in head if head[name].dtype.kind in "iuf"}
    rows = [[_cell(value) for value in row] for row in head.itertuples(index=False)]
    return table(list(head), rows, numbers) + note(f"{len(rows)} of {len(frame)} rows.")


def _cell(value):
    if isinstance(value, float):
        return "–" if value != value else f"{value:.6g}"
    return short(value, 60)


def facts_table(result):
    attrs = result.runtime.attrs
    rows = [
        ("begin, end", f"{attrs.get('created', '')}, {attrs.get('finished', '')}"),
        (
            "elapsed",
            f"{attrs.get('elapsed_s', 0):.3g} s"
            + (f", resumed {attrs['restarts']} times" if attrs.get("restarts") else ""),
        ),
        (
            "ranks, threads",
            f"{attrs.get('ranks', '')}, {attrs.get('threads', '')} on {short(attrs.get('hosts', ''), 80)}",
        ),
        ("processor", attrs.get("cpu", "")),
        ("arguments", " ".join(attrs.get("argv", []))),
        (
            "MPI, HDF5, compiler",
            f"{attrs.get('mpi', '')}, {attrs.get('hdf5', '')}, {attrs.get('compiler', '')} ({attrs.get('build_type', '')})",
        ),
    ]
    return table(["", ""], rows).replace("<thead><tr><th></th><th></th></tr></thead>", "")


def runs_table(runs):
    names = ["file", "ranks", "threads", "elapsed, s", "hosts"]
    rows = [
        [os.path.basename(r.path), a["ranks"], a["threads"], f"{a['elapsed_s']:.3g}", short(a["hosts"], 60)]
        for r in runs
        for a in [r.runtime.attrs]
    ]
    return table(names, rows, set(names[1:4]))


def _count(number):
    """Digits in groups; very large numbers shortened; a dash where it is not known."""
    if number is None:
        return "–"
    digits = str(number)
    if len(digits) > 24:
        return f"{digits[:6]}… ({len(digits)} digits)"
    return f"{number:,}".replace(",", "\u202f")
