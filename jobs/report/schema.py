#!/usr/bin/env python3
"""List the tables and attributes of result files in Markdown: ``schema.py FILE.h5...``.

The list is the second half of docs/file-format.md, below the line MARKER. Columns, types, units and meanings come from
the files themselves. Attributes have no description in the files; it is in MEANINGS below, and an attribute without one
is an error. A test makes the list from files of every job and compares it with the page; with GFORBIT_UPDATE_SCHEMA=1 in
its environment the test writes the page instead.
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
        "job": "`cycles`, `scoring`, `stream` or `search`",
        "producer_version": "version of the program",
        "git_revision": "commit of the program, `-dirty` appended if sources had changed; `unknown` outside a checkout",
        "results_sha256": "digest of `/results`, equal for equal input; `gforbit summary --digest` computes it again",
        "complete": "1: the run reached its end; 0: a snapshot, or a run that was stopped",
        "exit_status": "exit status of the run, see [options](options.md#exit-status)",
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
        "created": "start of the run, ISO 8601, UTC",
        "elapsed_s": "seconds from start to end, without earlier runs that this one resumed",
        "finished": "end of the run, ISO 8601, UTC",
        "hdf5": "version of the HDF5 library",
        "hosts": "nodes by rank, separated by commas",
        "launcher": "what started the ranks",
        "merged_from": "files that `gforbit merge` joined",
        "mpi": "MPI library; `none` without a launcher",
        "problem": "what decides about the results, one key a line; `--resume` and `merge` compare it",
        "ranks": "number of ranks",
        "restarts": "how often the run was resumed from a checkpoint",
        "reused_calls": "calls that `gforbit scoring` took from an earlier run (`--reuse`)",
        "slurm_job_id": "Slurm job (empty: none)",
        "threads": "threads of all ranks together",
        "vector_level": "vector level of the kernels; those of all ranks, separated by commas, if they differ",
    },
    "runtime/scheduler": {
        "cancelled": "items that were cancelled",
        "coalesced": "items that share the work of an equal one",
        "completed": "items that completed",
        "failed": "items that failed",
        "items_per_s": "finished items per second",
        "largest_live_leases": "largest number of work units at ranks at one time",
        "largest_pending": "largest depth of the queue",
        "largest_running": "largest number of items in work at one time",
        "leases": "work units handed out to ranks",
        "leases_cancelled": "work units that were cancelled",
        "leases_completed": "work units that came back with a result",
        "leases_failed": "work units that failed",
        "pending": "items that wait",
        "results_rejected": "results that came for no live lease",
        "running": "items in work",
        "submitted": "items = coalesced + completed + failed + timed_out + cancelled + pending + running",
        "timed_out": "items that timed out",
    },
    "runtime/part": {
        "count": "number of parts",
        "end_row": "row after the last one of this part",
        "first_row": "row of the whole batch that this part begins with",
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
        "flag_meanings": "of a category: its names in the order of `flag_values`, separated by blanks",
        "DIMENSION_LIST": "HDF5 dimension scales: the scale `row` of the table",
        "CLASS": "HDF5 dimension scales: on `row` only",
        "NAME": "HDF5 dimension scales: on `row` only",
        "REFERENCE_LIST": "HDF5 dimension scales: on `row` only",
    },
}

TYPES = {"<u8": "uint64", "<i8": "int64", "<i4": "int32", "|i1": "int8", "|u1": "uint8", "<f8": "float64"}

MARKER = "<!-- From here on made by jobs/report/schema.py from result files of every job. -->\n"


def main(arguments):
    if not arguments or "--help" in arguments:
        print(__doc__)
        return 0 if arguments else 2
    print(page([gforbit.open(path) for path in arguments]), end="")
    return 0


def page(results):
    """The tables and attributes of files.

    Parameters
    ----------
    results : list of gforbit.ResultFile
        Files of one job add up: a table is described where any of them has it.

    Returns
    -------
    str
        Markdown. What is the same in all jobs comes first.

    Raises
    ------
    KeyError
        An attribute that has no meaning above.
    """
    version = ".".join(map(str, results[0].attrs["schema_version"]))
    parts = [f"## Tables and attributes\n\nSchema `gforbit`, version {version}.\n"]
    parts += ["### Root attributes\n", _attribute_table("/", _attribute_types([r.h5 for r in results]))]
    tables = [r.h5[t] for r in results for t in r.tables]
    common = {n: t for n, t in _attribute_types(tables).items() if n in MEANINGS["table"]}
    parts += ["### Attributes of tables\n", _attribute_table("table", common)]
    columns = [dataset for table in tables for dataset in table.values()]
    parts += ["### Attributes of columns\n", _attribute_table("column", _attribute_types(columns))]
    jobs = {job: _groups([r for r in results if r.job == job]) for job in sorted({r.job for r in results})}
    shared = _shared(list(jobs.values()))
    parts += ["## All jobs\n", *_entries(shared)]
    for job, groups in jobs.items():
        parts += [f"## Job `{job}`\n", *_entries(groups, shared)]
    return "\n".join(parts)


def _groups(results):
    """Of each group and each dataset that is not a column: what it is, and the types of its attributes."""
    found = {}
    for result in results:
        result.h5.visititems(lambda name, item: found.setdefault(name, []).append(item))
    groups = {}
    for name, items in sorted(found.items()):
        first = items[0]
        types = _attribute_types(items)
        if isinstance(first, h5py.Dataset):
            if "row" not in first.parent:
                groups[name] = (f"The full configuration after flags, as an INI file; {_type(first)}.\n", {})
        elif first.attrs.get("encoding-type") == "table":
            own = {n: t for n, t in types.items() if n not in MEANINGS["table"]}
            largest = max(items, key=len)  # options may add columns
            groups[name] = (f"{first.attrs['title']}.\n\n{_column_table(largest)}", own)
        else:
            groups[name] = ("", types)
    return groups


def _shared(jobs):
    """The groups and attributes that all jobs have alike."""
    first, *others = jobs
    shared = {}
    for name, (text, types) in first.items():
        if all(name in other for other in others):
            same = text if all(other[name][0] == text for other in others) else ""
            shared[name] = (same, {n: t for n, t in types.items() if all(n in other[name][1] for other in others)})
    return shared


def _entries(groups, shared=None):
    """A heading for each group, with its table and its attributes, except what is shared."""
    for name, (text, types) in groups.items():
        known_text, known_types = (shared or {}).get(name, ("", {}))
        parts = [] if text in ("", known_text) else [text]
        own = {n: t for n, t in types.items() if n not in known_types}
        if own:
            what = "Further attributes" if known_types else "Attributes"
            parts.append(f"{what} of `/{name}`:\n\n{_attribute_table(name, own)}")
        if parts:
            yield f"### `/{name}`\n\n" + "\n".join(parts)


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
