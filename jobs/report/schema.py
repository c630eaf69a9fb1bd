#!/usr/bin/env python3
"""Describe the layout of result files as a page: ``schema.py FILE.h5... > SCHEMA.md``.

Columns, types, units and meanings come from the files themselves, so the page cannot say what the files do not hold.
Attributes have no place for theirs; it stands here, and an attribute without one is an error. A test makes the page
from files of every job and compares; with GFORBIT_UPDATE_SCHEMA=1 in its environment it writes the page instead.
"""

import os
import sys

import gforbit
import h5py

# Meanings of attributes by group; "*" is any group of that kind.
MEANINGS = {
    "/": {
        "schema": "`gforbit`",
        "schema_version": "major and minor version of this layout; readers refuse a newer major version",
        "job": "`cycles`, `scoring` or `stream`",
        "producer_version": "version of the program",
        "git_revision": "commit of the program, `-dirty` behind it if sources had changed; `unknown` outside a checkout",
        "results_sha256": "digest of `/results`, equal for equal input; `gforbit summary --digest` computes it anew",
        "complete": "1: the run was at its end; 0: a snapshot, or a run that was stopped",
        "exit_status": "of the run, see README.md",
    },
    "runtime": {
        "argv": "arguments of the run",
        "build_type": "CMake build type of the program",
        "checkpoint_bytes": "bytes written to checkpoints",
        "checkpoint_failures": "checkpoints that could not be written",
        "checkpoint_s": "seconds spent writing checkpoints",
        "checkpoint_writes": "checkpoints written",
        "compiler": "compiler of the program",
        "cpu": "processor of rank 0",
        "created": "begin of the run, ISO 8601, UTC",
        "elapsed_s": "seconds from begin to end, without earlier runs that this one resumed",
        "finished": "end of the run, ISO 8601, UTC",
        "hdf5": "version of the HDF5 library",
        "hosts": "nodes by rank, with commas",
        "launcher": "what started the ranks",
        "merged_from": "files that `gforbit merge` joined",
        "mpi": "MPI library; `none` without a launcher",
        "problem": "what decides about the results, a key a line; `--resume` and `merge` compare it",
        "ranks": "number of ranks",
        "restarts": "how often the run was resumed from a checkpoint",
        "slurm_job_id": "Slurm job (empty: none)",
        "threads": "threads of all ranks together",
        "vector_level": "widest vectors of the kernels",
    },
    "runtime/scheduler": {
        "cancelled": "items that were cancelled",
        "coalesced": "items that share the work of an equal one",
        "completed": "items that completed",
        "failed": "items that failed",
        "items_per_s": "ended items a second",
        "largest_live_leases": "leases under way at once, at most",
        "largest_pending": "largest depth of the queue",
        "largest_running": "items under way at once, at most",
        "leases": "units of work handed out to ranks",
        "leases_cancelled": "units that were cancelled",
        "leases_completed": "units that came back with a result",
        "leases_failed": "units that failed",
        "pending": "items that wait",
        "results_rejected": "results that came for no live lease",
        "running": "items under way",
        "submitted": "items = coalesced + completed + failed + timed_out + cancelled + pending + running",
        "timed_out": "items that timed out",
    },
    "runtime/part": {
        "count": "number of parts",
        "end_row": "row behind the last one of this part",
        "first_row": "row of the whole that this part begins with",
        "index": "number of this part, from 1",
        "problem": "what must be equal among parts",
    },
    "table": {
        "title": "what a row is",
        "encoding-type": "`table`: a group of equally long columns",
        "column-order": "names of the columns, in order",
    },
    "column": {
        "long_name": "meaning",
        "units": "unit, where there is one",
        "flag_values": "of a category: its numbers",
        "flag_meanings": "of a category: its names, in the order of `flag_values`, with blanks",
        "DIMENSION_LIST": "HDF5: the dimension scale `row` of the table",
        "CLASS": "HDF5: of `row`",
        "NAME": "HDF5: of `row`",
        "REFERENCE_LIST": "HDF5: of `row`",
    },
}

TYPES = {"<u8": "uint64", "<i8": "int64", "<i4": "int32", "|i1": "int8", "|u1": "uint8", "<f8": "float64"}

INTRODUCTION = """# Layout of result files

Schema `gforbit`, version {version}. Made by `jobs/report/schema.py` from files of every job, and compared with new
ones by a test. `/results` is the same for the same input; `/runtime` holds all that may differ.

A table is a group of equally long one-dimensional datasets. A row is an index into all of them; the dimension scale
`row` counts it. `text` has variable length, `text[]` a fixed length (that of the longest value); both are UTF-8.
Categories are int8. `x_decimal` is the exact value of `x` in text, where `x` may exceed 64 bits; `x` is 0 then.
"""


def main(arguments):
    if not arguments or "--help" in arguments:
        print(__doc__)
        return 0 if arguments else 2
    print(page([gforbit.open(path) for path in arguments]), end="")
    return 0


def page(results):
    """The page.

    Parameters
    ----------
    results : list of gforbit.ResultFile
        Files of one job add up: a table is described where any of them has it.

    Returns
    -------
    str
        Markdown.

    Raises
    ------
    KeyError
        An attribute that has no meaning above.
    """
    version = ".".join(map(str, results[0].attrs["schema_version"]))
    parts = [INTRODUCTION.format(version=version)]
    parts += ["## Root attributes\n", _attribute_table("/", _attribute_types([r.h5 for r in results]))]
    tables = [r.h5[t] for r in results for t in r.tables]
    common = {n: t for n, t in _attribute_types(tables).items() if n in MEANINGS["table"]}
    parts += ["## Attributes of tables\n", _attribute_table("table", common)]
    columns = [dataset for table in tables for dataset in table.values()]
    parts += ["## Attributes of columns\n", _attribute_table("column", _attribute_types(columns))]
    for job in sorted({r.job for r in results}):
        parts += [f"## Job `{job}`\n"] + _job([r for r in results if r.job == job])
    return "\n".join(parts)


def _job(results):
    groups = {}
    for result in results:
        result.h5.visititems(lambda name, item: groups.setdefault(name, []).append(item))
    parts = []
    for name, items in sorted(groups.items()):
        if isinstance(items[0], h5py.Dataset):
            if "row" not in items[0].parent:
                parts.append(
                    f"### `/{name}`\n\nThe full configuration after flags, as an INI file; {_type(items[0])}.\n"
                )
            continue
        is_table = items[0].attrs.get("encoding-type") == "table"
        if is_table:
            parts.append(f"### `/{name}`\n\n{items[0].attrs['title']}.\n\n{_column_table(items[0])}")
        own = {n: t for n, t in _attribute_types(items).items() if not (is_table and n in MEANINGS["table"])}
        if own:
            title = "Attributes of this table:" if is_table else f"### Attributes of `/{name}`"
            parts.append(f"{title}\n\n{_attribute_table(name, own)}")
    return parts


def _column_table(group):
    lines = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for column in group.attrs["column-order"]:
        dataset = group[column]
        meaning = dataset.attrs["long_name"]
        if "flag_meanings" in dataset.attrs:
            names = dataset.attrs["flag_meanings"].split()
            meaning += ": " + ", ".join(f"{v} {n}" for v, n in zip(dataset.attrs["flag_values"], names))
        lines.append(f"| `{column}` | {_type(dataset)} | {dataset.attrs.get('units', '')} | {_cell(meaning)} |")
    return "\n".join(lines) + "\n"


def _attribute_types(items):
    types = {}
    for item in items:
        for name in item.attrs:
            types.setdefault(name, _type(item.attrs.get_id(name)))
    return types


def _attribute_table(group, types):
    lines = ["| attribute | type | meaning |", "|---|---|---|"]
    for name in sorted(types):
        if name not in MEANINGS.get(group, {}):
            raise KeyError(f"the attribute '{name}' of '{group}' has no meaning in {os.path.basename(__file__)}")
        lines.append(f"| `{name}` | {types[name]} | {_cell(MEANINGS[group][name])} |")
    return "\n".join(lines) + "\n"


def _cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def _type(item):
    """Type of a dataset or an attribute."""
    string = h5py.check_string_dtype(item.dtype)
    if string is not None:
        name = "text" if string.length is None else "text[]"
    elif item.dtype.kind == "S":
        name = "text[]"
    else:
        name = TYPES.get(item.dtype.str, "reference")
    return f"list of {name}" if item.shape not in ((), None) and not isinstance(item, h5py.Dataset) else name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
