"""The page about results: what it holds, and that its pictures are right. How it looks is for people to judge."""

import importlib
import itertools
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree

import gforbit
import h5py
import numpy as np
import pytest
from conftest import ROOT
from gforbit_report import command as report
from gforbit_report import cycles, page, registers, runtime, scaling, state_graph, style

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


@pytest.fixture(scope="module")
def small_file(gforbit_program, folder):
    batch, path = folder / "small.jsonl", folder / "small.h5"
    batch.write_text("".join(json.dumps(r) + "\n" for r in SMALL), encoding="utf-8")
    gforbit_program(0, "cycles", "--batch", batch, "--output", path)
    return path


@pytest.fixture(scope="module")
def runs(gforbit_program, folder):
    """One problem on one, two and three threads."""
    paths = [folder / f"run{n}.h5" for n in (1, 2, 3)]
    for n, path in enumerate(paths, 1):
        gforbit_program(
            0, "cycles", "--field", 2, "--degree", 20, "--feedback", "x0 + x3 + x5*x9", "--threads", n, "--output", path
        )
    return paths


def make(capsys, output, *files, status=0):
    assert report.main([*map(str, files), "--output", str(output)]) == status
    return capsys.readouterr()


# ---- the page ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(small_file, cycles_file, scoring_file, stream_file, runs):
    """The page about files of all kinds, and the matplotlib figures in it by caption."""
    drawn = {}
    finish = style.finish

    def record(figure, caption, **arguments):
        labels = [(ax.get_title(loc="left"), *labels_of(ax, figure)) for ax in figure.axes]
        drawn[caption] = labels, finish(figure, caption, **arguments)
        return drawn[caption][1]

    results = [gforbit.open(f) for f in (small_file, cycles_file, scoring_file, stream_file, *runs) if f]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "finish", record)
        text = page.document(report.sections(results, 99), report.comparisons(results))
    return text, drawn


def labels_of(ax, figure):
    """Labels of both axes; those that it shares with another need none, and those that are off."""

    def shared(group):
        return any(group.joined(ax, other) for other in figure.axes if other is not ax)

    if not ax.axison:
        return "off", "off"
    x = ax.get_xlabel() or ("shared" if shared(ax.get_shared_x_axes()) else "")
    y = ax.get_ylabel() or ("shared" if shared(ax.get_shared_y_axes()) else "")
    return x, y


def test_one_page_that_needs_nothing_else(everything):
    text, _ = everything
    loaded = re.findall(r"""(?:src|href)=["']?([^"'> ]+)|url\(([^)]*)\)|@import""", text)
    assert all((a or b).startswith("#") for a, b in loaded)
    assert "<script" not in text
    assert not [c for c in style.VARIABLES if c in text]  # every color follows the page
    assert "3 runs of one problem" in text
    assert text.count("The results are those of") == 2
    assert "&lt;more&gt;" in text and "<more>" not in text
    for title in (
        "Period distribution",
        "Cycle lengths",
        "shift register over GF(9)",
        "its 64 states",
        "Threads at work",
        "Time of each rank",
        "Items waited",
        "Leaderboard",
        "Tasks and candidates",
        "What calls of programs took",
        "Parallel efficiency",
    ):
        assert title in text, title


def test_every_picture_is_labeled(everything):
    _, drawn = everything
    assert len(drawn) > 40
    for caption, (labels, made) in drawn.items():
        assert labels[0][0], f"no title: {caption}"
        for title, x, y in labels:
            assert x, f"no x label: {caption}"
            assert y or title.startswith("Outputs"), f"no y label: {caption}"
        xml.etree.ElementTree.fromstring(made.svg.replace("xlink:", ""))


def test_pipelines(tmp_path, capsys, stream_file):
    if stream_file is None:
        pytest.skip("this program has no stream job")
    make(capsys, tmp_path, stream_file)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    for title in ("p-values", "Where the time of terms went", "Latency of items", "Table results/stats"):
        assert title in text, title


def test_incomplete_results_say_so(tmp_path, capsys, running_cycles):
    with running_cycles(tmp_path / "live.h5") as path:
        make(capsys, tmp_path, path)
    assert "incomplete: the run was not at its end" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_what_cannot_be_read_or_written_is_said(tmp_path, capsys, cycles_file):
    assert "nothing.h5" in make(capsys, tmp_path, tmp_path / "nothing.h5", status=3).err
    newer = tmp_path / "newer.h5"
    shutil.copy(cycles_file, newer)
    with h5py.File(newer, "a") as file:
        file.attrs["schema_version"] = [9, 0]
    assert "layout 9.0" in make(capsys, tmp_path, newer, status=3).err
    (tmp_path / "taken").write_text("")
    assert "cannot write" in make(capsys, tmp_path / "taken", cycles_file, status=4).err


def test_the_page_never_replaces_what_is_read_or_is_no_file(tmp_path, capsys, cycles_file):
    """A link to an input, and a FIFO, under the name of the page."""
    page_file = tmp_path / "index.html"
    page_file.symlink_to(cycles_file)
    before = pathlib.Path(cycles_file).read_bytes()
    assert "is one of the files to be read" in make(capsys, tmp_path, cycles_file, status=2).err
    assert pathlib.Path(cycles_file).read_bytes() == before
    page_file.unlink()
    os.mkfifo(page_file)
    assert "not a regular file" in make(capsys, tmp_path, cycles_file, status=4).err


def test_runs_as_a_program_from_anywhere(tmp_path, cycles_file):
    command = [sys.executable, "-B", ROOT / "jobs" / "report" / "report.py", cycles_file, "--output", "page"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "page" / "index.html").stat().st_size > 10000


def test_large_counts_are_shortened():
    assert page._count(None) == "–"
    assert page._count(10**30) == "100000… (31 digits)"
    assert style.power_of_ten(-3) == "10⁻³"


# ---- the numbers in the pictures ---------------------------------------------------------------------------


def test_state_graphs_have_the_cycles_that_were_found(small_file):
    with gforbit.open(small_file) as result:
        for row, register in result.registers.iterrows():
            found = state_graph.cycles_of(registers.successors(register))
            own = result.cycles[result.cycles.register == row]
            assert sorted((c[0], len(c)) for c in found) == list(zip(own.representative, own.period)), register.id
            on_cycles = sum(map(len, found))
            assert register.state_count_decimal - on_cycles == register.n_transient_states_decimal


@pytest.mark.parametrize("seed", range(20))
def test_no_state_lies_on_another(seed):
    random = np.random.default_rng(seed)
    n = int(random.integers(1, 65))
    following = random.integers(0, n, n).tolist() if seed % 2 else random.permutation(n).tolist()
    following = [min(f, 2) for f in following] if seed % 5 == 0 and n > 2 else following
    found = state_graph.cycles_of(following)
    assert sorted(state_graph.cycles_of(following)) == sorted(found)
    positions, width, height = state_graph.pack(
        [state_graph.place(c, state_graph.tree_children(following)) for c in found]
    )
    assert sorted(positions) == list(range(n))
    for (x, y), (u, v) in itertools.combinations(positions.values(), 2):
        assert math.hypot(x - u, y - v) > 2 * state_graph.RADIUS, f"seed {seed}"
    assert all(0 <= x <= width and 0 <= y <= height for x, y in positions.values())


@pytest.mark.parametrize("bijection", [True, False])
def test_expectation_is_that_of_random_maps(bijection):
    """Against the exact averages: 1/k for permutations, N!/(N-k)! N^-k / k for mappings."""
    n = 4096
    lengths = np.arange(1, n + 1)
    exact = 1 / lengths
    if not bijection:
        exact = exact * np.exp(np.cumsum(np.log1p(-(lengths - 1) / n + 1e-300)))
    for low, high in ((1, 2), (4, 8), (64, 128), (500, 4096)):
        expected = cycles.expected_cycles(math.log10(low), math.log10(high), math.log10(n), bijection)
        assert expected == pytest.approx(exact[low - 1 : high - 1].sum(), rel=0.05, abs=0.005)


def test_utilization_adds_up(runs):
    with gforbit.open(runs[1]) as result:
        table = result.runtime.utilisation
        busy = table.groupby(["rank", "thread"]).busy_s.sum()
        threads = result.runtime.threads.set_index(["rank", "thread"]).busy_s
        assert busy.to_numpy() == pytest.approx(threads.to_numpy(), rel=1e-3, abs=1e-5)
        assert (table.busy_s <= table.width_s * 1.001).all()
        assert "2 threads at work" in runtime.utilisation(result).caption


def test_many_threads_are_shown_by_rank():
    threads = list(itertools.product(range(100), range(8)))
    labels, rows = runtime._merged_rows(threads, np.ones((800, 5)))
    assert len(labels) == len(rows) == 34 and labels[0] == "0–2" and labels[-1] == "99"


def test_only_equal_results_are_compared(runs, small_file):
    results = [gforbit.open(f) for f in (*runs, small_file)]
    (group,) = scaling.groups(results)
    assert [r.path for r in group] == [str(p) for p in runs]


def test_the_package_has_what_its_description_names():
    tomllib = pytest.importorskip("tomllib")
    folder = ROOT / "jobs" / "report"
    described = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    module, function = described["project"]["scripts"]["gforbit-report"].split(":")
    assert getattr(importlib.import_module(module), function) is report.main
    assert all((folder / f"{name}.py").is_file() for name in described["tool"]["setuptools"]["py-modules"])
    assert all((folder / name / "__init__.py").is_file() for name in described["tool"]["setuptools"]["packages"])
    version = re.search(r"project\(gforbit VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))
    assert described["project"]["version"] == version.group(1)
