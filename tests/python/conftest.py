"""Files of every job, made once by the program that was built: GFORBIT names it."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "jobs" / "report"))
sys.dont_write_bytecode = True  # the sources may be read-only, and stay clean

REGISTERS = [
    {"id": "nlfsr", "field": 2, "degree": 16, "feedback": "x0 + x1 + x7*x11"},
    {"id": "same", "field": 2, "degree": 16, "feedback": "x11*x7 + x0 + x1"},
    {"id": "lfsr", "field": 2, "coefficients": [1, 0, 0, 1, 0, 0, 0]},
    {"id": "gf9", "field": 9, "degree": 4, "feedback": "2*x0 + x2^3*x3 + 5"},
    {"id": "singular", "field": 3, "degree": 9, "feedback": "x1 + x0*x2^2"},
    {"id": "tree", "field": 2, "degree": 6, "feedback": "x1*x2 + x5"},
    {"id": "large", "field": 2, "degree": 200, "feedback": "x0 + x3 + x7 + x100"},
    # The order of a factor depends on a composite of 104 digits: times out, whatever the machine.
    {"id": "hopeless", "field": 1000003, "coefficients": [7, 1] + [0] * 59, "timeout": 0.3},
]

SMALL = [
    {"id": "two", "field": 2, "degree": 6, "feedback": "x1*x2 + x5"},
    {"id": "ring", "field": 2, "coefficients": [1, 1, 0, 0, 0, 0], "method": "enumerate"},
    {"id": "zero", "field": 2, "degree": 6, "feedback": "0", "method": "enumerate"},
    {"id": "three", "field": 3, "degree": 3, "feedback": "x0 + x1^2*x2^2"},
    {"id": "four", "field": 4, "degree": 3, "feedback": "x1*x2 + 2*x0*x1 + 3"},
    {"id": "$eight$ & <more>", "field": 8, "degree": 2, "feedback": "x0^3 + 5*x1"},
    {"id": "nine", "field": 9, "degree": 1, "feedback": "x0^2 + 4"},
    {"id": "seven", "field": 7, "degree": 2, "feedback": "x0^2 + x1^2"},
]


@pytest.fixture(scope="session")
def gforbit_program():
    """Runs build/gforbit: gforbit_program(status, argument, ...) -> standard output (or error)."""
    program = pathlib.Path(os.environ.get("GFORBIT", ROOT / "build" / "gforbit")).resolve()

    def run(status, *arguments, cwd=ROOT, stderr=False):
        done = subprocess.run(
            [program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == status, done.stderr
        return done.stderr if stderr else done.stdout

    run.path = program
    return run


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="session")
def cycles_file(gforbit_program, folder):
    """Registers of all kinds; one of them times out."""
    batch = folder / "batch.jsonl"
    batch.write_text("".join(json.dumps(r) + "\n" for r in REGISTERS), encoding="utf-8")
    path = folder / "cycles.h5"
    gforbit_program(5, "cycles", "--batch", batch, "--threads", 2, "--output", path)
    return path


@pytest.fixture(scope="session")
def basins_file(gforbit_program, folder):
    """Small registers, most of them singular, with their basins and sequences."""
    batch = folder / "basins.jsonl"
    batch.write_text("".join(json.dumps(r) + "\n" for r in SMALL), encoding="utf-8")
    path = folder / "basins.h5"
    gforbit_program(0, "cycles", "--batch", batch, "--method", "enumerate", "--basins", "--sequences", "--output", path)
    return path


@pytest.fixture(scope="session")
def part_file(gforbit_program, folder, cycles_file):
    path = folder / "part.h5"
    gforbit_program(0, "cycles", "--batch", folder / "batch.jsonl", "--part", "1/2", "--output", path)
    return path


@pytest.fixture(scope="session")
def merged_file(gforbit_program, folder, part_file):
    other, path = folder / "other.h5", folder / "merged.h5"
    gforbit_program(5, "cycles", "--batch", folder / "batch.jsonl", "--part", "2/2", "--output", other)
    gforbit_program(0, "merge", part_file, other, "--output", path)
    return path


@pytest.fixture(scope="session")
def scoring_file(gforbit_program, folder):
    path = folder / "scoring.h5"
    gforbit_program(0, "scoring", "--config", "configs/scoring/demo.ini", "--store-outputs", "--output", path)
    return path


@pytest.fixture(scope="session")
def scoring_part_file(gforbit_program, folder):
    path = folder / "scoring_part.h5"
    gforbit_program(0, "scoring", "--config", "configs/scoring/demo.ini", "--part", "1/2", "--output", path)
    return path


@pytest.fixture(scope="session")
def stream_file(gforbit_program, folder):
    """None where the program has no such job."""
    if "  stream " not in gforbit_program(0, "--help"):
        return None
    path = folder / "stream.h5"
    pipeline = (
        "register(field=2, coefficients=1:0:0:1:0:0:0, length=1e5)"
        " * window(1000) * (frequency | linear_complexity) * table(stats)"
    )
    gforbit_program(0, "stream", "--pipeline", pipeline, "--output", path)
    return path


@pytest.fixture(scope="session")
def stream_part_file(gforbit_program, folder, stream_file):
    """With an item that cannot be processed; None where the program has no such job."""
    if stream_file is None:
        return None
    (folder / "items.csv").write_text("a,b\n1,2\n3\n4,5\n", encoding="utf-8")
    lines = [{"pipeline": f'csv("{folder}/items.csv") * map(c = a + {n}) * table(sums)'} for n in (1, 2)]
    pipelines = folder / "pipelines.jsonl"
    pipelines.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    path = folder / "stream_part.h5"
    common = ("--on-error", "dead-letter", "--part", "1/2", "--output", path)
    gforbit_program(5, "stream", "--pipelines", pipelines, *common)  # an item could not be processed
    return path


@pytest.fixture(scope="session")
def search_file(gforbit_program, folder):
    path = folder / "search.h5"
    gforbit_program(0, "search", "--degree", "8..10", "--form", "3,1", "--form", "2,2", "--output", path)
    return path


@pytest.fixture(scope="session")
def search_part_file(gforbit_program, folder):
    path = folder / "search_part.h5"
    gforbit_program(0, "search", "--degree", "8..10", "--form", "3,1", "--part", "1/2", "--output", path)
    return path


@pytest.fixture(scope="session")
def running_cycles(gforbit_program):
    """A run under way: `with running_cycles(output) as path` begins when a snapshot of it can be read."""

    @contextlib.contextmanager
    def run(output):
        endless = {"field": 2, "degree": 62, "feedback": "x0 + x3 + x5*x9"}
        batch = output.with_suffix(".jsonl")
        batch.write_text(json.dumps(REGISTERS[0]) + "\n" + json.dumps(endless) + "\n", encoding="utf-8")
        command = [gforbit_program.path, "cycles", "--batch", batch, "--threads", "1", "--checkpoint-interval", "0"]
        command += ["--snapshot-interval", "0.1", "--log-format", "json", "--output", output]
        with open(output.with_suffix(".log"), "wb") as log, subprocess.Popen(command, stderr=log) as process:
            try:
                run.pid = process.pid
                while not output.exists():
                    assert process.poll() is None, output.with_suffix(".log").read_text(encoding="utf-8")
                    time.sleep(0.02)
                yield output
            finally:
                process.kill()

    return run


@pytest.fixture(scope="session")
def small_file(gforbit_program, folder):
    batch, path = folder / "small.jsonl", folder / "small.h5"
    batch.write_text("".join(json.dumps(r) + "\n" for r in SMALL), encoding="utf-8")
    gforbit_program(0, "cycles", "--batch", batch, "--output", path)
    return path


@pytest.fixture(scope="session")
def runs(gforbit_program, folder):
    """One problem on one, two and three threads."""
    paths = [folder / f"run{n}.h5" for n in (1, 2, 3)]
    for n, path in enumerate(paths, 1):
        gforbit_program(
            0, "cycles", "--field", 2, "--degree", 20, "--feedback", "x0 + x3 + x5*x9", "--threads", n, "--output", path
        )
    return paths
