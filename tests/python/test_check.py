"""`gforbit check` finds whatever is changed in a result file, but for what no mathematics can tell.

Real files of every job are changed in one place, get the digest of their new results, and are checked. Every place is a
column, an attribute, a dataset or a group. A seeded sample of all changes is made, of GFORBIT_MUTATIONS for each file.
"""

import fnmatch
import json
import os
import random
import shutil
import subprocess

import h5py
import numpy as np
import pytest

# Changes of values that cannot be found, by file and place: what people or the machine said, and what was measured.
UNDETECTABLE = {
    "names that were given to things": [
        "* results/registers/id",
        "* results/tasks/id",
        "* results/pipelines/id",
    ],
    "free texts": [
        "* results/*/message",
        "* runtime/calls/message",
        "* runtime/calls/stderr_tail",
        "* runtime/config",
        "* runtime/terms/name",
        "* runtime/*@title",
        "* runtime/*@long_name",
        "* results/*/row@long_name",
    ],
    "a command, and how a program failed": [
        "* results/solvers/definition",
        "* results/calls/status",
        "* runtime/calls/code",
    ],
    "a grid that nothing else has to equal": ["* results/outputs/output"],
    "values of items, which pipelines would have to be run again for": [
        "stream results/stats/*",
        "stream results/numbers/*",
        "stream results/dead_letters/*",
        "stream runtime/partial/*",
        "stream results/pipelines/pipeline",
    ],
    "who made the file, when and where": [
        "* @producer_version",
        "* @git_revision",
        "* runtime@*",
        "* runtime/part@problem",
        "* runtime/part@first_row",
        "* runtime/part@end_row",
    ],
    "a later minor version of the layout": ["* @schema_version"],
    "what was counted and measured in the run": [
        "* runtime/scheduler@*",
        "* runtime/scheduler/times/*",
        "* runtime/threads/slices",
        "* runtime/ranks/*",
        "* runtime/utilisation/busy_s",
        "* runtime/registers/*",
        "* runtime/calls/*",
        "* runtime/pipelines/*",
        "* runtime/terms/*",
    ],
    "what a search for prime factors would tell": [
        "* runtime/partial/registers/*",
        "* runtime/partial/period_distribution/*_decimal",
    ],
    "what tells tasks and solvers of runs from each other": [
        "* runtime/tasks/digest",
        "* runtime/solvers/*",
    ],
    "where a solver begins in the whole enumeration": ["scoring_part runtime/part/n_candidates"],
}
PATTERNS = [pattern for patterns in UNDETECTABLE.values() for pattern in patterns]
N_SAMPLED = int(os.environ.get("GFORBIT_MUTATIONS", "20"))


@pytest.fixture(scope="module")
def files(gforbit_program, folder, part_file, merged_file, scoring_file, scoring_part_file):
    """Small results of every job, by a short name."""
    here = folder / "mutants"
    here.mkdir()
    batch = here / "batch.jsonl"
    registers = [
        {"id": "nlfsr", "field": 2, "degree": 11, "feedback": "x0 + x1 + x7*x9"},
        {"id": "same", "field": 2, "degree": 11, "feedback": "x9*x7 + x0 + x1"},
        {"id": "lfsr", "field": 2, "coefficients": [1, 0, 0, 1, 0, 0, 0]},
        {"id": "powers", "field": 3, "degree": 6, "feedback": "x0 + x3 + 2", "method": "enumerate"},
        {"id": "gf9", "field": 9, "degree": 3, "feedback": "2*x0 + x1^3*x2 + 5"},
        {"id": "singular", "field": 3, "degree": 7, "feedback": "x1 + x0*x2^2"},
        {"id": "shift", "field": 2, "degree": 12, "feedback": "x3 + x5"},
        {"id": "large", "field": 2, "degree": 100, "feedback": "x0 + x3 + x7 + x50"},
        {"id": "too large", "field": 2, "degree": 100, "feedback": "x0 + x3*x7"},
        {"id": "hopeless", "field": 1000003, "coefficients": [7, 1] + [0] * 59, "timeout": 0.2},
    ]
    batch.write_text("".join(json.dumps(r) + "\n" for r in registers), encoding="utf-8")
    pipelines = here / "pipelines.jsonl"
    lines = [
        "range(20) * map(y = value^2) * (filter(y > 9) | map(y = 1/0.0)) * table(numbers)",
        "range(20) * map(y = value^2) * (filter(y > 9) | map(y = 1/0.0)) * table(numbers)",
        "register(field=2, coefficients=1:0:0:1, length=3e3) * window(1000) * frequency * table(stats)",
    ]
    pipelines.write_text("".join(json.dumps({"pipeline": line}) + "\n" for line in lines), encoding="utf-8")
    made = {
        "cycles": (5, "cycles", "--batch", batch),
        "cycles_few": (5, "cycles", "--batch", batch, "--store-cycles", 5),
        "cycles_basins": (5, "cycles", "--batch", batch, "--basins", "--sequences", "--method", "enumerate", "--store-cycles", 5),
        "cycles_verify": (5, "cycles", "--batch", batch, "--verify", "--store-cycles", "none"),
        "stream": (0, "stream", "--pipelines", pipelines, "--on-error", "dead-letter"),
    }
    paths = {}
    for name, (status, *arguments) in made.items():
        paths[name] = here / f"{name}.h5"
        gforbit_program(status, *arguments, "--threads", 2, "--output", paths[name])
    return paths | {
        "part": part_file,
        "merged": merged_file,
        "scoring": scoring_file,
        "scoring_part": scoring_part_file,
    }


@pytest.fixture(scope="module")
def verdict(gforbit_program, files, tmp_path_factory):
    """verdict(name, change): what is said of a changed file, empty if it is valid; it has the digest of its results."""
    path = tmp_path_factory.mktemp("changed") / "changed.h5"

    def ask(*arguments):
        done = subprocess.run(
            [gforbit_program.path, *arguments, path], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode in (0, 3), done.stderr
        return done.returncode == 0, done.stdout + done.stderr

    def check(name, change, in_results=True):
        shutil.copy(files[name], path)
        with h5py.File(path, "r+") as file:
            change(file)
        if in_results:
            readable, digest = ask("summary", "--digest")
            if not readable:
                return digest
            with h5py.File(path, "r+") as file:
                file.attrs["results_sha256"] = digest.strip()
        valid, text = ask("check")
        return "" if valid else text

    return check


def names():
    return ["cycles", "cycles_few", "cycles_verify", "part", "merged", "scoring", "scoring_part", "stream"]


@pytest.mark.parametrize("name", names())
def test_what_runs_write_is_valid(gforbit_program, files, name):
    text = gforbit_program(0, "check", files[name])
    assert text.splitlines()[-1].endswith(": valid"), text


# ---- changes that were once accepted -------------------------------------------------------------------------------


def set_value(column, row, value):
    def change(file):
        file[column][row] = value

    return change


def row_of(file, name):
    return [text.decode() for text in file["results/registers/id"][:]].index(name)


def of_register(column, name, value):
    return lambda file: set_value(f"results/registers/{column}", row_of(file, name), value)(file)


def cut_table(table, n):
    def change(file):
        for dataset in file[table].values():
            dataset.resize((len(dataset) - n,))

    return change


def swap_periods(file):
    """The two longest cycles of the first register exchange their periods."""
    of_first = np.flatnonzero(file["results/cycles/register"][:] == 0)
    periods = file["results/cycles/period"]
    a, b = sorted(of_first[np.argsort(periods[:][of_first])][-2:])
    periods[a], periods[b] = periods[b], periods[a]
    assert periods[a] != periods[b]


def delete(path, attribute=None):
    def change(file):
        if attribute is None:
            del file[path]
        else:
            del file[path].attrs[attribute]

    return change


def flip_exit_status(file):
    file.attrs.modify("exit_status", 0 if file.attrs["exit_status"] else 5)


NAMED = [
    ("cycles", of_register("coverage_verified", "nlfsr", 0), "coverage_verified is not 1"),
    ("cycles", of_register("method", "lfsr", 2), "its method is|n_steps does not fit|rows in results/cycles"),
    ("cycles", of_register("method", "nlfsr", 1), "its method is algebraic"),
    ("cycles_verify", of_register("method", "lfsr", 1), "the method is not both"),
    ("cycles", of_register("is_irreducible", "lfsr", 0), "is_irreducible is '0', but by the factorization it is '1'"),
    ("cycles", of_register("is_irreducible", "nlfsr", 0), "is_irreducible is not -1"),
    ("cycles", of_register("max_transient_length", "singular", 7), "max_transient_length is 7, but a second"),
    ("cycles", of_register("max_transient_length", "shift", 2), "max_transient_length is '2', but by"),
    ("cycles", of_register("n_leaf_states", "singular", 7), "n_leaf_states"),
    ("cycles", of_register("n_leaf_states_decimal", "shift", b"2"), "n_leaf_states"),
    ("cycles_basins", delete("results/transient_lengths"), "has no 'results/transient_lengths'"),
    ("cycles_basins", cut_table("results/transient_lengths", 1), "of its"),
    ("cycles_basins", set_value("results/cycles/basin_size", 0, 10**6), "has a basin of|have 10"),
    ("cycles_basins", set_value("results/cycles/output_weight", 1, 0), "output_weight is 0, but a walk finds"),
    ("cycles_basins", set_value("results/cycles/linear_complexity", 1, 99), "linear_complexity is 99, "),
    ("cycles", delete("results/registers/kind", "flag_values"), "kind' has no attribute 'flag_values'"),
    ("cycles", delete("results/cycles", "encoding-type"), "'results/cycles' has no attribute 'encoding-type'"),
    ("cycles", lambda file: file.create_dataset("results/more", data=[1]), "'results/more' does not belong"),
    ("cycles", lambda file: file.create_group("runtime/more"), "'runtime/more' does not belong"),
    ("cycles", lambda file: file.__setitem__("link", h5py.SoftLink("/results")), "'link' does not belong"),
    ("cycles", cut_table("results/cycles", 1), "rows in results/cycles, not"),
    ("cycles_few", cut_table("results/cycles", 1), "rows in results/cycles, not"),
    ("cycles", swap_periods, "a second computation finds another cycle here"),
    ("cycles_few", swap_periods, "a second computation finds another cycle here"),
    ("cycles", flip_exit_status, "'exit_status' is 0, but the rows of results/registers make it 5"),
    ("scoring", flip_exit_status, "'exit_status' is 5, but the calls make it 0"),
    ("stream", flip_exit_status, "'exit_status' is 5, but the rows of results/pipelines make it 0"),
    ("cycles", delete("runtime"), "'runtime' is missing"),
    ("scoring", delete("runtime"), "'runtime' is missing"),
    ("stream", delete("runtime"), "'runtime' is missing"),
    ("stream", delete("results/stats"), "'results/stats' is missing"),
    ("cycles", lambda file: file.attrs.modify("complete", np.uint8(0)), "'exit_status' is 5, which does not fit"),
    ("cycles", lambda file: file.attrs.__setitem__("job", "stream"), "has no 'results/pipelines'"),
    ("cycles", lambda file: file.attrs.__setitem__("job", "else"), "which no job of this gforbit is"),
]


@pytest.mark.parametrize(("name", "change", "says"), NAMED)
def test_changes_that_were_once_accepted(verdict, name, change, says):
    text = verdict(name, change)
    assert any(part in text for part in says.split("|")), text


def test_summaries_say_that_results_were_changed(gforbit_program, files, tmp_path):
    shutil.copy(files["cycles"], tmp_path / "a.h5")
    assert gforbit_program(0, "summary", tmp_path / "a.h5", stderr=True) == ""
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        set_value("results/registers/n_cycles", 0, 5)(file)
    warning = gforbit_program(0, "summary", tmp_path / "a.h5", "--format", "json", stderr=True)
    assert "a.h5' were changed after they were written: 'gforbit check" in warning
    assert gforbit_program(0, "summary", tmp_path / "a.h5", "--no-check", stderr=True) == ""


def test_parts_that_were_changed_are_not_merged(gforbit_program, files, tmp_path):
    for change, says in (
        (set_value("results/registers/max_transient_length", 0, 5), "were changed after they were written"),
        (delete("runtime/part", "problem"), "lacks the attribute problem of runtime/part"),
        (cut_table("runtime/part", 1), "in results/registers, but"),
    ):
        shutil.copy(files["part"], tmp_path / "part.h5")
        with h5py.File(tmp_path / "part.h5", "r+") as file:
            change(file)
        other = files["part"].parent / "other.h5"
        output = tmp_path / "all.h5"
        said = gforbit_program(3, "merge", tmp_path / "part.h5", other, "--output", output, stderr=True)
        assert "cannot merge: " in said and says in said
        assert not output.exists()


# ---- changes of everything ------------------------------------------------------------------------------------------


def other_value(value, generator):
    """Another value of the same type."""
    if isinstance(value, (bytes, str)):
        text = value.decode() if isinstance(value, bytes) else value
        if not text:
            return "7"
        at = generator.randrange(len(text))
        return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
    if isinstance(value, (float, np.floating)):
        return -1.0 if np.isnan(value) else value + 1 + abs(value)
    return value + 1 if value < 100 else value - 1


def change_column(path, generator):
    def change(file):
        column = file[path]
        row = generator.randrange(len(column)) if column.shape else ()
        value = column[row]
        new = other_value(value, generator)
        if column.dtype.kind == "S":
            new = new.encode()[: column.dtype.itemsize]
        column[row] = new

    return change


def change_attribute(path, name, generator):
    def change(file):
        item = file[path]
        value = item.attrs[name]
        if isinstance(value, np.ndarray):
            value = value.copy()
            value[-1] = other_value(value[-1], generator)
            if value.dtype == object:
                item.attrs.create(name, value, dtype=h5py.string_dtype())
                return
            item.attrs.modify(name, value)
        elif isinstance(value, str):
            item.attrs[name] = other_value(value, generator)
        else:
            item.attrs.modify(name, value.dtype.type(other_value(value, generator)))

    return change


HDF5_OWN = {"DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME", "_Netcdf4Dimid"}


def places(path):
    """(place, kind, arguments) of every change; places are named as in UNDETECTABLE."""
    found = []

    def visit(name, item):
        found.append((name, "delete", (name,)))
        if isinstance(item, h5py.Group):
            found.append((f"{name}/extra", "add", (f"{name}/extra",)))
        elif item.shape == () or len(item) > 0:
            found.append((name, "value", (name,)))
        attributes(name, item)

    def attributes(name, item):
        found.append((f"{name}@extra", "add attribute", (name or "/", "extra")))
        for attribute in item.attrs:
            if attribute == "results_sha256":
                continue
            found.append((f"{name}@{attribute}", "delete attribute", (name or "/", attribute)))
            if attribute not in HDF5_OWN:
                found.append((f"{name}@{attribute}", "value", (name or "/", attribute)))

    with h5py.File(path, "r") as file:
        attributes("", file)
        file.visititems(visit)
    return found


def make_change(kind, arguments, generator):
    if kind == "value":
        return change_column(*arguments, generator) if len(arguments) == 1 else change_attribute(*arguments, generator)
    if kind == "add":
        return lambda file: file.create_dataset(arguments[0], data=[1])
    if kind == "add attribute":
        return lambda file: file[arguments[0]].attrs.__setitem__(arguments[1], 1)
    return delete(*arguments)


def cannot_be_found(name, place, kind):
    return kind == "value" and any(fnmatch.fnmatchcase(f"{name} {place}", pattern) for pattern in PATTERNS)


@pytest.mark.parametrize("name", names())
def test_every_change_is_found(verdict, files, name):
    seed = int(os.environ.get("GFORBIT_SEED", "1"))
    generator = random.Random(seed)
    changes = [c for c in places(files[name]) if not cannot_be_found(name, *c[:2])]
    changes = generator.sample(changes, min(N_SAMPLED, len(changes)))
    missed = []
    for place, kind, arguments in changes:
        if not verdict(name, make_change(kind, arguments, generator), not place.startswith("runtime")):
            missed.append(f"{kind} {place}")
    assert missed == [], f"seed {seed}, {len(changes)} changes"


def test_what_cannot_be_found_is_there(files):
    all_places = [f"{name} {place}" for name in names() for place, kind, _ in places(files[name]) if kind == "value"]
    assert [p for p in PATTERNS if not fnmatch.filter(all_places, p)] == []
