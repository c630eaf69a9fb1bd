"""gforbit.py on files that the program has just written."""

import contextlib
import csv
import io
import json
import os
import pickle
import re
import shutil
import sqlite3
import subprocess
import sys

import gforbit
import h5py
import numpy as np
import pandas as pd
import pytest
from conftest import REGISTERS, ROOT


@pytest.fixture(scope="module")
def cycles(cycles_file):
    with gforbit.open(cycles_file) as result:
        yield result


def test_says_what_the_file_is(cycles):
    assert cycles.job == "cycles"
    assert cycles.complete
    assert cycles.attrs["schema_version"] == [1, 1]
    assert re.fullmatch("[0-9a-f]{64}", cycles.attrs["results_sha256"])
    assert cycles.runtime.attrs["ranks"] == 1
    assert cycles.runtime.attrs["argv"][0] == "--batch"
    assert "batch = " in cycles.config
    assert cycles.ranks is cycles.runtime.ranks  # short
    assert "n_steps" in cycles.runtime.registers and "n_steps" not in cycles.registers
    assert cycles.runtime.scheduler.attrs["submitted"] == len(REGISTERS)


@pytest.mark.parametrize("asked", ["auto", "scalar", "sse2"])
def test_runtime_names_the_vector_level_in_use(gforbit_program, tmp_path, asked):
    path = tmp_path / "level.h5"
    register = ("--field", "2", "--degree", "12", "--feedback", "x0 + x3 + x5*x9")
    gforbit_program(0, "cycles", *register, "--simd", asked, "--output", path)
    with gforbit.open(path) as result:
        level = result.runtime.attrs["vector_level"]
    assert level == asked if asked != "auto" else level in ("sse2", "avx2", "avx512")


def test_registers_have_plain_types(cycles):
    registers = cycles.registers
    assert list(registers.id) == [r["id"] for r in REGISTERS]
    assert list(registers.status.cat.categories) == ["pending", "completed", "timed_out", "cancelled", "failed"]
    assert registers.set_index("id").status["hopeless"] == "timed_out"
    assert registers.nonsingular.dtype == bool
    assert registers.attrs["units"]["n_cycles"] == "cycles"
    assert "Feedback shift registers" in registers.attrs["title"]


def test_decimal_columns_are_exact_integers(cycles):
    large = cycles.registers.set_index("id").loc["large"]
    assert large.state_count_decimal == 2**200
    assert large.max_period_decimal > 2**64 and large.max_period == 0
    assert cycles.registers.set_index("id").n_cycles_decimal["hopeless"] is None


def test_sums_over_the_distribution_are_the_state_counts(cycles):
    distribution = cycles.period_distribution
    states = (distribution.period_decimal * distribution.n_cycles_decimal).groupby(distribution.register).sum()
    for row, register in cycles.registers.iterrows():
        if register.status == "completed":
            assert states[row] + register.n_transient_states_decimal == register.state_count_decimal


def test_parts_of_a_table(cycles):
    some = cycles.table("cycles", slice(2, 5))
    pd.testing.assert_frame_equal(some, cycles.cycles.iloc[2:5])
    assert list(some.index) == [2, 3, 4]


def test_some_columns_of_a_table(cycles):
    frame = cycles.table("cycles", slice(1, 4), columns=["period", "register"])
    pd.testing.assert_frame_equal(frame, cycles.cycles[["period", "register"]][1:4])
    with pytest.raises(KeyError, match="no column 'peroid'; its columns are: register"):
        cycles.table("cycles", columns=["peroid"])


def test_every_table_of_every_job_is_the_export(cycles_file, scoring_file, part_file, gforbit_program):
    """The reader and `gforbit export` are two programs that read the same file."""
    for path in (cycles_file, scoring_file, part_file):
        with gforbit.open(path) as result:
            for table in result.tables:
                frame = result[table]
                rows = list(csv.DictReader(io.StringIO(gforbit_program(0, "export", path, "--table", table))))
                assert list(frame.columns) == list(rows[0]) if rows else frame.empty
                exported = gforbit_program(0, "export", path, "--table", table, "--format", "jsonl").splitlines()
                assert len(rows) == len(exported) == len(frame)
                for name in frame.columns if rows else ():
                    assert [as_text(v) for v in frame[name]] == [row[name] for row in rows], f"{table}/{name}"
                for line, row in zip(exported, rows):
                    assert all(v is None or same(v, row[name]) for name, v in json.loads(line).items())


def as_text(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(int(value) if value.is_integer() else value)
    return str(int(value)) if not isinstance(value, str) else value


def same(value, text):
    return value == text if isinstance(value, str) else float(value) == float(text)


def test_scoring_tables(scoring_file):
    with gforbit.open(scoring_file) as result:
        assert result.job == "scoring"
        best = result.candidates.sort_values(["tasks_solved", "o_score"]).iloc[-1]
        assert best.tasks_solved == 1
        assert (result.calls.status == "matched").sum() == result.candidates.o_score.sum()
        assert "python" in set(result.solvers.id)


def test_names_that_are_not_there_are_said(cycles):
    with pytest.raises(AttributeError, match="results/period_distribution"):
        cycles.periods  # pylint: disable=pointless-statement
    with pytest.raises(AttributeError, match="runtime/nodes; it has: .*ranks"):
        cycles.runtime.nodes  # pylint: disable=pointless-statement
    with pytest.raises(KeyError, match="no table 'x'"):
        cycles.table("x")
    assert "registers" in dir(cycles) and "ranks" in dir(cycles.runtime)


@pytest.fixture(scope="module")
def long_file(folder):
    """An order of 6002 digits."""
    path = folder / "long.h5"
    with h5py.File(path, "w") as file:
        file.attrs["schema"] = "gforbit"
        file.attrs["schema_version"] = [1, 0]
        file.attrs["job"] = "cycles"
        file.attrs["complete"] = 1
        table = file.create_group("results/registers")
        table.attrs["encoding-type"] = "table"
        table.attrs["column-order"] = ["max_period", "max_period_decimal", "name_decimal"]
        table["row"] = np.arange(2, dtype=np.uint64)
        table["max_period"] = np.array([0, 31], dtype=np.uint64)
        table["max_period_decimal"] = np.array([b"7" * 6002, b"31"])
        table.create_dataset("name_decimal", data=["no", "number"], dtype=h5py.string_dtype())
    return path


def test_integers_of_any_length(long_file):
    with gforbit.open(long_file) as result:
        frame = result.registers
        longest = frame.max_period_decimal[0]
        assert longest == (10**6002 - 1) // 9 * 7
        assert longest % 10 == 7 and longest - 1 < longest
        assert str(longest) == f"{longest}" == "7" * 6002
        assert "777" in repr(frame) and "777" in frame.to_csv()
        assert pickle.loads(pickle.dumps(longest)) == longest
        assert list(frame.name_decimal) == ["no", "number"]
        nullable = result.table("registers", nullable=True)
        assert nullable.max_period.isna().tolist() == [True, False]
        assert nullable.max_period_decimal[0] == "7" * 6002


def test_nullable_types(cycles):
    frame = cycles.table("registers", nullable=True)
    done = frame.status == "completed"
    assert frame.n_cycles[done].notna().all() or frame.n_cycles_decimal.dtype == "string"
    assert frame.n_cycles[~done].isna().all() and frame.max_transient_length[~done].isna().all()
    assert frame.coalesced_into.notna().sum() == 1
    assert str(frame.degree.dtype) == "Int32" and str(frame.id.dtype) == "string"
    assert isinstance(frame.status.dtype, pd.CategoricalDtype)
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        frame.astype({"status": str, "kind": str, "method": str}).to_sql("registers", database)
        assert database.execute("select count(*) from registers where n_cycles is null").fetchone()[0] > 0


def test_blocks_make_the_table(cycles):
    blocks = list(cycles.blocks("cycles", 100))
    assert len(blocks) == -(-len(cycles.cycles) // 100)
    pd.testing.assert_frame_equal(pd.concat(blocks), cycles.cycles)
    assert len(list(cycles.blocks("runtime/threads", nullable=True))) == 1


def test_notebooks_show_the_tables(cycles):
    text = cycles._repr_html_()  # pylint: disable=protected-access
    assert "<code>results/cycles</code>" in text and f">{len(cycles.cycles)}<" in text and "complete" in text


def test_pip_installs_the_reader(tmp_path):
    tools = subprocess.run([sys.executable, "-c", "import setuptools, wheel, pip"], capture_output=True, check=False)
    if tools.returncode != 0:
        pytest.skip("pip, setuptools or wheel is not installed")
    shutil.copytree(ROOT / "jobs" / "report", tmp_path / "report", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", tmp_path / "lib", tmp_path / "report"], check=True, capture_output=True)
    assert (tmp_path / "lib" / "gforbit.py").exists()


def test_other_files_are_refused(tmp_path, cycles_file):
    with pytest.raises(FileNotFoundError, match="nothing.h5': check its name"):
        gforbit.open(tmp_path / "nothing.h5")
    with pytest.raises(IsADirectoryError, match="is a folder, not a result file"):
        gforbit.open(tmp_path)
    whole = cycles_file.read_bytes()
    refused = {
        b"": "is empty",
        b"a,b\n": "not an HDF5 file",
        b"gforbit journal\n...": "is a checkpoint of gforbit",
        b"\x1f\x8b\x08": "gunzip",
        whole[:50]: "is truncated: it has only 50 bytes",
        whole[:-1]: f"is truncated: it has {len(whole) - 1} of {len(whole)} bytes",
        whole[:8] + b"\x09" + whole[9:]: "newer h5py",
    }
    for content, message in refused.items():
        (tmp_path / "other.h5").write_bytes(content)
        with pytest.raises(gforbit.NotAResult, match=message):
            gforbit.open(tmp_path / "other.h5")
    with h5py.File(tmp_path / "foreign.h5", "w") as file:
        file.attrs["title"] = "no schema"
        with pytest.raises(gforbit.NotAResult, match="is locked by another program"):
            in_another_process(tmp_path / "foreign.h5")
    with pytest.raises(gforbit.NotAResult, match="no result of gforbit"):
        gforbit.open(tmp_path / "foreign.h5")


def in_another_process(path):
    """Open the file where h5py has no handle of it, and raise what that raised."""
    code = "import sys; sys.path[:0] = sys.argv[2:]; import gforbit; gforbit.open(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, path, ROOT / "jobs" / "report"], capture_output=True, text=True, check=False
    )
    raise gforbit.NotAResult(done.stderr)


@pytest.mark.parametrize("errno", [37, 38, 95, 524])
def test_file_systems_without_locks(monkeypatch, cycles_file, errno):
    opened = h5py.File

    def refusing(path, mode, locking=True):
        if locking:
            raise OSError(f"Unable to open file (unable to lock file, errno = {errno}, error message = 'refused')")
        return opened(path, mode)

    monkeypatch.setattr(h5py, "File", refusing)
    with gforbit.open(cycles_file) as result:
        assert len(result.registers) > 0


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read(tmp_path, cycles_file):
    path = tmp_path / "closed.h5"
    shutil.copy(cycles_file, path)
    path.chmod(0)
    with pytest.raises(PermissionError, match=r"chmod a\+r"):
        gforbit.open(path)


@pytest.mark.parametrize(("version", "readable"), [([1, 7], True), ([2, 0], False)])
def test_newer_layouts(tmp_path, cycles_file, version, readable):
    path = tmp_path / "newer.h5"
    shutil.copy(cycles_file, path)
    with h5py.File(path, "a") as file:
        file.attrs["schema_version"] = version
        file.attrs["producer_version"] = "9.1"
    if readable:
        assert len(gforbit.open(path).registers) == len(REGISTERS)
    else:
        with pytest.raises(gforbit.UnknownVersion, match=r"layout 2\.0.*gforbit\.py that came with .*gforbit 9\.1"):
            gforbit.open(path)


def test_snapshots_replace_each_other_under_a_reader(tmp_path, cycles_file, part_file):
    """A run publishes snapshots by renaming: an open file stays what it was until refresh()."""
    path = tmp_path / "live.h5"
    shutil.copy(part_file, path)
    with gforbit.open(path) as result:
        few = len(result.registers)
        shutil.copy(cycles_file, tmp_path / "live.h5.tmp")
        (tmp_path / "live.h5.tmp").rename(path)
        assert len(result.cycles) and len(result.registers) == few
        assert result.refresh()
        assert len(result.registers) == len(REGISTERS) > few
        assert not result.refresh()


def test_stays_readable_while_a_run_goes_on(tmp_path, gforbit_program, running_cycles):
    """--snapshot-interval: an incomplete file that grows, read while its writer works."""
    with running_cycles(tmp_path / "live.h5") as path, gforbit.open(path) as result:
        assert not result.complete
        assert (result.registers.status == "pending").any()
        assert "INCOMPLETE" in repr(result)


def test_xarray_opens_a_table(cycles_file):
    xarray = pytest.importorskip("xarray", reason="python3-xarray is not installed")
    pytest.importorskip("h5netcdf", reason="python3-h5netcdf is not installed")
    with xarray.open_dataset(cycles_file, group="results/cycles", engine="h5netcdf") as data:
        assert data.period.dims == ("row",)
        assert data.period.attrs["units"] == "steps"
        assert data.sizes["row"] == len(gforbit.open(cycles_file).cycles)
