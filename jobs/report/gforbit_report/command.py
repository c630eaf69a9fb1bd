"""Write a page with pictures about result files: one HTML file that needs nothing else.

    gforbit-report a.h5 --output report            report/index.html
    gforbit-report 1.h5 2.h5 4.h5 --output report  the same for each, and a comparison of runs with equal results

Needed: h5py, pandas and matplotlib (Debian: python3-h5py python3-pandas python3-matplotlib).
"""

import argparse
import pathlib
import sys

try:
    import gforbit
    from . import cycles, diagram, page, runtime, scaling, scoring, state_graph, stream
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
    options = parser.parse_args(arguments)
    try:
        results = [gforbit.open(path) for path in options.files]
    except (OSError, ValueError) as error:
        print(f"gforbit-report: {error}", file=sys.stderr)
        return 3
    output = pathlib.Path(options.output)
    target = output / "index.html"
    if target.exists() and any(target.samefile(path) for path in options.files):
        print(f"gforbit-report: '{target}' is one of the files to be read; choose another --output", file=sys.stderr)
        return 2
    text = page.document(sections(results, options.registers), comparisons(results))
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


def comparisons(results):
    """Figures about several runs of one problem."""
    found = [(runs, scaling.scaling(runs)) for runs in scaling.groups(results)]
    return [
        page.Block(f"{len(runs)} runs of one problem", page.runs_table(runs), [figure])
        for runs, figure in found
        if figure
    ]


def sections(results, n_registers):
    """What the page says of each file; equal results are shown once."""
    first = {}
    for result in results:
        first.setdefault(result.attrs["results_sha256"], result)
    return [section(r, n_registers, first[r.attrs["results_sha256"]]) for r in results]


def section(result, n_registers, equal):
    if equal is result:
        blocks = BLOCKS.get(result.job, lambda *_: [])(result, n_registers)
    else:
        blocks = [page.Block("", page.note(f"The results are those of {equal.path}."), [])]
    machine = [f for f in (runtime.utilisation(result), runtime.ranks(result), runtime.queue(result)) if f]
    return page.Section(result, blocks + [page.Block("The run", page.facts_table(result), machine)])


def cycles_blocks(result, n_registers):
    registers = result.registers
    rows = registers.index[(registers.status == "completed") & (registers.coalesced_into < 0)].tolist()
    blocks = [page.Block("Registers", page.registers_table(registers), [])]
    for row in rows[:n_registers]:
        pictures = (diagram.shift_register, cycles.period_distribution, cycles.cycle_lengths, state_graph.state_graph)
        figures = [figure for figure in (picture(result, row) for picture in pictures) if figure]
        blocks.append(page.Block(f"Register {registers.id[row]}", page.register_facts(registers.loc[row]), figures))
    if len(rows) > n_registers:
        blocks.append(
            page.Block(
                "", page.note(f"Figures of {len(rows) - n_registers} more registers: --registers {len(rows)}."), []
            )
        )
    return blocks


def scoring_blocks(result, _):
    figures = [
        f
        for f in (scoring.leaderboard(result), scoring.matrix(result), scoring.endings(result), scoring.latency(result))
        if f
    ]
    return [page.Block("Scores", page.leaders_table(scoring.ranking(result)), figures)]


def stream_blocks(result, _):
    pictures = (stream.p_values, stream.times, stream.items, stream.latencies)
    figures = [f for f in (picture(result) for picture in pictures) if f]
    sinks = sorted(
        {t for t in result.tables if t.startswith("results/")} - {"results/pipelines", "results/dead_letters"}
    )
    heads = [page.Block(f"Table {sink}", page.head_table(result[sink]), []) for sink in sinks]
    return [page.Block("Pipelines", page.pipelines_table(result.pipelines), figures)] + heads


BLOCKS = {"cycles": cycles_blocks, "scoring": scoring_blocks, "stream": stream_blocks}
