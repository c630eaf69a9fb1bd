"""Write a page with pictures about result files: one HTML file that needs nothing else.

    gforbit-report a.h5 --output report            report/index.html
    gforbit-report 1.h5 2.h5 4.h5 --output report  the same for each, and a comparison of runs with equal results
    gforbit-report a.h5 --output report --plot registers:degree,n_cycles   one column of a table against another

Needed: h5py, pandas and matplotlib (Debian: python3-h5py python3-pandas python3-matplotlib).
"""

import argparse
import pathlib
import sys

try:
    import gforbit
    from . import columns, cycles, diagram, page, runtime, scaling, scoring, search, state_graph
    from . import stream, style, system_diagram
except ModuleNotFoundError as missing:
    sys.exit(f"gforbit-report: {missing}; on Debian: apt-get install python3-h5py python3-pandas python3-matplotlib")


def main(arguments=None):
    """The command; returns the exit status: 0 done, 2 the page is one of the files, 3 a file that is none, 4 not written."""
    parser = argparse.ArgumentParser(
        prog="gforbit-report",
        description=__doc__.split("\n", maxsplit=1)[0],
        epilog=__doc__.split("\n\n", maxsplit=1)[1],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE.h5")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder for index.html; made if it is not there")
    parser.add_argument(
        "--registers",
        type=int,
        default=12,
        metavar="N",
        help="figures of at most N registers of each file [default: 12]",
    )
    parser.add_argument(
        "--plot",
        action="append",
        default=[],
        metavar="TABLE:X[,Y]",
        help="histogram and series of a column of numbers of any table, or a scatter plot of two; may be repeated",
    )
    parser.add_argument(
        "--tasks",
        nargs="+",
        metavar="PATH",
        help="scoring: files or folders of the tasks, for pictures of samples [default: those that the run read]",
    )
    parser.add_argument(
        "--samples",
        type=int,
        default=scoring.MAX_SAMPLES,
        metavar="N",
        help=f"scoring: pictures of at most N samples [default: {scoring.MAX_SAMPLES}]",
    )
    parser.add_argument(
        "--sample-tasks",
        nargs="+",
        metavar="ID",
        help="scoring: pictures of the test samples of these tasks instead, with the output that came closest",
    )
    options = parser.parse_args(arguments)
    try:
        results = [gforbit.open(path) for path in options.files]
    except (OSError, ValueError) as error:
        print(f"gforbit-report: {error}", file=sys.stderr)
        return 3
    try:
        plots = wanted(results, options.plot)
        check_samples(results, options.sample_tasks or [])
    except (KeyError, ValueError) as error:
        print(f"gforbit-report: {error.args[0]}", file=sys.stderr)
        return 2
    output = pathlib.Path(options.output)
    target = output / "index.html"
    if target.exists() and any(target.samefile(path) for path in options.files):
        print(f"gforbit-report: '{target}' is one of the files to be read; choose another --output", file=sys.stderr)
        return 2
    text = page.document(sections(results, options, plots), comparisons(results))
    try:
        output.mkdir(parents=True, exist_ok=True)
        if target.exists() and not target.is_file():
            raise OSError(0, "it exists and is not a regular file")
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        print(f"gforbit-report: cannot write '{target}': {error.strerror}", file=sys.stderr)
        return 4
    print(target)
    return 0


def wanted(results, plots):
    """The figures of ``--plot`` by number of the file; each file that has the table shows it.

    Raises
    ------
    KeyError, ValueError
        No file has the table, or a table has no such columns.
    """
    found = {number: [] for number in range(len(results))}
    for plot in plots:
        path, colon, names = plot.partition(":")
        if not colon or not names:
            raise ValueError(f"--plot {plot}: write TABLE:COLUMN or TABLE:X,Y")
        having = [n for n, r in enumerate(results) if {path, f"results/{path}", f"runtime/{path}"} & set(r.tables)]
        if not having:
            results[0].table(path)  # says which tables there are
        for number in having:
            found[number] += columns.asked(results[number], path, names.split(","))
    return found


def check_samples(results, ids):
    """Raises ValueError where no file has outputs of a task of this id."""
    having = [result for result in results if "results/outputs" in result.tables]
    known = {name for result in having for name in result.tasks.id}
    for name in ids:
        if name not in known:
            why = "" if having else ": outputs are kept by gforbit scoring --store-outputs"
            raise ValueError(f"--sample-tasks {name}: no file has outputs of this task{why}")


def comparisons(results):
    """Figures about several runs of one problem."""
    found = [(runs, scaling.scaling(runs)) for runs in scaling.groups(results)]
    return [
        page.Block(f"{len(runs)} runs of one problem", page.runs_table(runs), figures)
        for runs, figures in found
        if figures
    ]


def sections(results, options, plots=None):
    """What the page says of each file; equal results are shown once."""
    first = {}
    for result in results:
        first.setdefault(result.attrs["results_sha256"], result)
    return [
        section(r, options, first[r.attrs["results_sha256"]], (plots or {}).get(number, []))
        for number, r in enumerate(results)
    ]


def section(result, options, equal, plots):
    if equal is result:
        blocks = BLOCKS.get(result.job, other_blocks)(result, options)
    else:
        blocks = [page.Block("", page.note(f"The results are those of {equal.path}."), [])]
    if plots:
        blocks.append(page.Block("Columns", "", plots))
    machine = made(result, runtime.utilization, runtime.ranks, runtime.queue)
    return page.Section(result, blocks + [page.Block("The run", page.facts_table(result), machine)])


def made(result, *pictures):
    """Figures of those pictures for which the file has something to show."""
    return [figure for figure in (picture(result) for picture in pictures) if figure]


MAX_STATES = 40_000
"""Of all state graphs of a file together: they are the largest pictures."""

# ---- jobs --------------------------------------------------------------------------------------------------


def cycles_blocks(result, options):
    table = result.table("registers", columns=["status", "coalesced_into"])
    rows = table.index[(table.status == "completed") & (table.coalesced_into < 0)].tolist()
    blocks = [page.Block("Registers", page.endings(result) + page.registers_table(result), cycles.overview(result))]
    states = 0
    for row in rows[: options.registers]:
        figures = register_figures(result, row)
        graph = state_graph.state_graph(result, row) if states <= MAX_STATES else None
        if graph:
            states += int(result.registers.state_count_decimal[row])
            figures.append(graph)
        register = result.registers.loc[row]
        blocks.append(page.Block(f"Register {register.id}", page.register_facts(register), figures))
    if states > MAX_STATES:
        text = f"State graphs are drawn until they have {style.number(MAX_STATES)} states together."
        blocks.append(page.Block("", page.note(text), []))
    if len(rows) > options.registers:
        text = f"These are figures of the first {options.registers} registers; of all: --registers {len(rows)}."
        blocks.append(page.Block("", page.note(text), []))
    return blocks + partial_registers(result, options)


def register_figures(result, row):
    pictures = (diagram.shift_register, system_diagram.system, cycles.period_distribution, cycles.cycle_lengths)
    return [figure for figure in (picture(result, row) for picture in pictures) if figure]


def partial_registers(result, options):
    """What is known of registers that did not complete."""
    tables = [t for t in result.tables if t.startswith("runtime/partial/") and len(result.h5[t]["row"])]
    if not tables:
        return []
    blocks = [page.Block(f"Known before the end: {t}", page.head_table(result, t, 20), []) for t in tables]
    table = "runtime/partial/period_distribution"
    rows = result.table(table, columns=["register"]).register.unique()[: options.registers] if table in tables else []
    blocks[-1].figures += [f for f in (cycles.partial_periods(result, int(row)) for row in rows) if f]
    return blocks


ASKED = "Test samples of the chosen tasks, with the output that came closest. "
CHOSEN = "Test samples, one a task: some that the best candidates matched, then those that came closest. "


def scoring_blocks(result, options):
    text = page.leaders_table(scoring.ranking(result))
    figures = made(result, scoring.leaderboard, scoring.matrix, scoring.endings, scoring.latency)
    blocks = [page.Block("Scores", text, figures)]
    found = scoring.samples(result, options.tasks, options.samples, options.sample_tasks)
    if found:
        cards = [(title, [(n, scoring.picture(n, grid)) for n, grid in grids]) for title, grids in found]
        text = (
            (ASKED if options.sample_tasks else CHOSEN)
            + "Input and expected output are shown where the task files are at hand (--tasks)."
        )
        blocks.append(page.Block("Chosen samples", page.note(text) + page.samples(cards), []))
    return blocks


def search_blocks(result, _):
    blocks = [page.Block("Families", search.families_table(result), made(result, search.density))]
    for path in ("results/functions", "runtime/partial/functions"):
        if path in result.tables and len(result.h5[path]["row"]):
            title = "Functions found" + (" in families that did not complete" if "partial" in path else "")
            blocks.append(page.Block(title, page.head_table(result, path, 20), []))
    return blocks


OWN_TABLES = {"results/pipelines", "results/dead_letters"}


def stream_blocks(result, _):
    figures = made(result, stream.times, stream.items, stream.latencies)
    blocks = [page.Block("Pipelines", page.endings(result) + page.pipelines_table(result.pipelines), figures)]
    if "results/dead_letters" in result.tables and len(result.h5["results/dead_letters/row"]):
        blocks.append(page.Block("Items that could not be processed", page.dead_letters_table(result), []))
    tests = stream.p_value_tables(result)
    for path in sinks(result):
        title = f"Table {path}" + (": rows of pipelines that did not complete" if "partial" in path else "")
        if stream.is_second_level(result, path):
            blocks.append(page.Block(title, stream.second_level(result, path), []))
            continue
        pictures = stream.p_values(result, path) if path in tests else columns.of_table(result, path)
        blocks.append(page.Block(title, page.head_table(result, path), pictures))
    return blocks


def sinks(result):
    """Tables of sinks; of one without rows those that are in /runtime/partial."""
    found = []
    for path in sorted(t for t in result.tables if t.startswith("results/") and t not in OWN_TABLES):
        partial = path.replace("results/", "runtime/partial/")
        has_partial = partial in result.tables and len(result.h5[partial]["row"])
        if len(result.h5[path]["row"]) or not has_partial:
            found.append(path)
        if has_partial:
            found.append(partial)
    return found


def other_blocks(result, _):
    """Of a job that this report does not know: the beginning of each table, and its columns of numbers."""
    tables = [t for t in result.tables if t.startswith("results/")]
    return [page.Block(f"Table {t}", page.head_table(result, t), columns.of_table(result, t)) for t in tables]


BLOCKS = {"cycles": cycles_blocks, "scoring": scoring_blocks, "search": search_blocks, "stream": stream_blocks}
