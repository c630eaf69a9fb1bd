"""The examples of README.md and of docs/ are run as they stand there, and must print what stands there."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys

import gforbit
import pandas as pd
import pytest
from conftest import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
READING = ROOT / "docs" / "reading-results.md"


def blocks(page, language):
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.S | re.M)


def pages_with(language):
    pages = [page for page in PAGES if blocks(page, language)]
    return pytest.mark.parametrize("page", pages, ids=[page.name for page in pages])


@pytest.fixture
def checkout(tmp_path, gforbit_program):
    """A folder that looks like a checkout after a build."""
    (tmp_path / "build").mkdir()
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "report").symlink_to(ROOT / "jobs" / "report")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    (tmp_path / "build" / "gforbit").symlink_to(gforbit_program.path)
    return tmp_path


@pytest.fixture
def result(checkout, cycles_file):
    """The same, where a.h5 was made."""
    shutil.copy(cycles_file, checkout / "a.h5")
    return checkout


def run(checkout, *command, stdin=None):
    done = subprocess.run(command, cwd=checkout, input=stdin, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


# ---- what a command prints ----------------------------------------------------------------------------------


def commands(page):
    """Of each command of the console blocks: the command, and what it prints."""
    for block in blocks(page, "console"):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, printed = part.partition("\n")
            yield command, printed


def as_pattern(printed):
    """A line `...` stands for any lines. Dated lines and the commit of the program differ from run to run."""
    lines = [re.escape(line) for line in comparable(printed).splitlines()]
    return "".join(".*?" if line == re.escape("...") else line + "\n" for line in lines)


def comparable(printed):
    printed = re.sub(r"^\d{4}-\d\d-\d\dT.*\n", "", printed, flags=re.M)
    return re.sub(r"(by gforbit )\S+ \(.*\)", r"\1...", printed)


def digests(printed):
    return re.findall(r"results_sha256 ([0-9a-f]{64})", printed)


@pages_with("console")
def test_commands_print_what_the_page_says(checkout, page):
    for command, expected in commands(page):
        words = command.split()
        if words[0] == "cat" and not (checkout / words[1]).exists():
            (checkout / words[1]).write_text(expected, encoding="utf-8")
        # Results do not depend on the number of ranks.
        command = re.sub(r"^mpirun .*?(?=build/gforbit)", "", command)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=checkout,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert re.fullmatch(as_pattern(expected), comparable(done.stdout), flags=re.S), f"{command}\n{done.stdout}"
        assert digests(done.stdout) == digests(expected), f"{command}\n{done.stdout}"


# ---- reading results ----------------------------------------------------------------------------------------


@pages_with("python")
def test_python_blocks(result, page):
    text = "\n".join(blocks(page, "python"))
    if "xarray" in text:
        pytest.importorskip("xarray", reason="python3-xarray is not installed")
        pytest.importorskip("h5netcdf", reason="python3-h5netcdf is not installed")
    printed = run(result, sys.executable, "-B", "-", stdin=text)
    assert "completed" in printed and "max_period" in printed
    assert "xarray" not in text or "number of states on the cycle" in printed  # xarray shows long_name


@pytest.mark.parametrize("line", "".join(blocks(READING, "sh")).splitlines())
def test_shell_lines(result, line):
    program = line.split()[0]
    if program == "pip":
        pytest.skip("needs a network")
    if shutil.which(program) is None and not program.startswith("build/"):
        pytest.skip(f"{program} is not installed")
    run(result, "bash", "-c", line.replace("python3", f"{sys.executable} -B"))
    if "report" in line:
        assert (result / "report" / "index.html").exists()


def test_r(result):
    packages = ["Rscript", "-e", "library(rhdf5); library(bit64)"]
    if shutil.which("Rscript") is None or subprocess.run(packages, capture_output=True, check=False).returncode:
        pytest.skip("r-bioc-rhdf5 and r-cran-bit64 are not installed")
    (text,) = blocks(READING, "r")
    (result / "example.R").write_text(text, encoding="utf-8")
    printed = run(result, "Rscript", "example.R")
    assert re.search(r"^\d+ cycles, the longest of \d+ steps$", printed, flags=re.M)
    large = gforbit.open(result / "a.h5").registers.set_index("id").max_period_decimal["large"]
    assert re.search(rf"^\d+ +{large}$", printed, flags=re.M)
    assert "timed_out" in printed


def test_octave(result):
    if shutil.which("octave-cli") is None:
        pytest.skip("octave is not installed")
    (text,) = blocks(READING, "octave")
    run(result, "bash", "-c", "build/gforbit export a.h5 --table results/cycles --format csv > cycles.csv")
    run(result, "bash", "-c", "build/gforbit summary a.h5 --format json > a.json")
    printed = run(result, "octave-cli", "--quiet", "--no-init-file", "--eval", text)
    assert re.search(r"^\d+ cycles, the longest of \d+ steps$", printed, flags=re.M)
    large = gforbit.open(result / "a.h5").registers.set_index("id").max_period_decimal["large"]
    assert f"large: completed, longest period {large}\n" in printed


def test_the_way_to_duckdb_and_arrow(result):
    """What DuckDB, pyarrow and polars read: a JSON object a line, long numbers as texts."""
    (line,) = [line for line in "".join(blocks(READING, "sh")).splitlines() if "registers.jsonl" in line]
    run(result, "bash", "-c", line)
    rows = [json.loads(row) for row in (result / "registers.jsonl").read_text(encoding="utf-8").splitlines()]
    registers = gforbit.open(result / "a.h5").registers
    assert [row["id"] for row in rows] == registers.id.tolist()
    assert [row["status"] for row in rows] == registers.status.tolist()
    known = registers.max_period_decimal.notna()
    assert [int(row["max_period_decimal"]) for row, k in zip(rows, known) if k] == registers.max_period_decimal[
        known
    ].tolist()
    frame = gforbit.open(result / "a.h5").table("registers", nullable=True)
    if importlib.util.find_spec("pyarrow"):
        frame.to_parquet(result / "registers.parquet")


def test_pandas_does_not_read_foreign_files(result):
    """So the page says; if it ever changes, the page shall."""
    pytest.importorskip("tables", reason="python3-tables is not installed")
    with pytest.raises((TypeError, ValueError, KeyError)):
        pd.read_hdf(result / "a.h5", "results/cycles")


def test_julia(result):
    if shutil.which("julia") is None:
        pytest.skip("julia is not installed: Debian 12 has no package")
    assert "cycles, the longest of" in run(result, "julia", "-e", *blocks(READING, "julia"))
