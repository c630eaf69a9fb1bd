"""The page about results: what it holds, and that its pictures are right. How it looks is for people to judge."""

import argparse
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
from gforbit_report import cycles, diagram, page, registers, runtime, scaling, scoring, search, state_graph
from gforbit_report import stream, style, system_diagram

OPTIONS = argparse.Namespace(registers=99, tasks=None, samples=6, sample_tasks=None)


def make(capsys, output, *files, status=0):
    assert report.main([*map(str, files), "--output", str(output)]) == status
    return capsys.readouterr()


# ---- the page ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def everything(small_file, cycles_file, scoring_file, search_file, stream_file, runs):
    """The page about files of all kinds, and the matplotlib figures in it by caption."""
    drawn = {}
    finish = style.finish

    def record(figure, title, caption, *arguments, **options):
        labels = [labels_of(ax, figure) for ax in figure.axes]
        made = finish(figure, title, caption, *arguments, **options)
        drawn[title, caption] = labels, made
        return made

    results = [gforbit.open(f) for f in (small_file, cycles_file, scoring_file, search_file, stream_file, *runs) if f]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "finish", record)
        text = page.document(report.sections(results, OPTIONS), report.comparisons(results))
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
        "How long items waited and ran",
        "Chosen samples",
        "Leaderboard",
        "Tasks and candidates",
        "What calls of programs took",
        "Parallel efficiency",
        "Share of functions found",
    ):
        assert title in text, title


def test_every_picture_is_labeled(everything):
    _, drawn = everything
    assert len(drawn) > 40
    for (title, caption), (labels, made) in drawn.items():
        assert title and caption
        for x, y in labels:
            assert x, f"no x label: {title}: {caption}"
            assert y, f"no y label: {title}: {caption}"
        for picture in made.pictures:
            xml.etree.ElementTree.fromstring(picture.replace("xlink:", ""))
            assert 'role="img" aria-label=' in picture


def test_pipelines(tmp_path, capsys, stream_file):
    if stream_file is None:
        pytest.skip("this program has no stream job")
    make(capsys, tmp_path, stream_file)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    for title in ("How p-values are spread", "Where the time of terms went", "Latency of items", "Table results/stats"):
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
    assert style.power_of_ten(-3) == "10^-3"


# ---- what a page says --------------------------------------------------------------------------------------


def page_of(*files, **options):
    results = [gforbit.open(f) for f in files]
    wanted = argparse.Namespace(**{"registers": 12, "tasks": None, "samples": 6, "sample_tasks": None, **options})
    return page.document(report.sections(results, wanted), report.comparisons(results))


def test_axes_have_plain_numbers(everything):
    """No exponents of a font that is too small, no factor beside an axis."""
    text, _ = everything
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", text)
    assert len(texts) > 500
    assert not [t for t in texts if re.search(r"\de[-+]?\d|mathdefault|^1e|[⁰¹²³⁴-⁹⁻]|10\^", t)]
    assert re.search(r'>10<tspan dy="-0.4em" style="font-size: 8.8px">\d+</tspan></text>', text)


@pytest.mark.parametrize(
    ("low", "high", "label", "texts"),
    [
        (-4.1, 0.3, style.seconds, ["100 µs", "1 ms", "10 ms", "100 ms", "1 s"]),
        (-0.1, 0.9, None, ["1", "2", "5"]),
        (0, 378, None, ["1", "10^100", "10^200", "10^300"]),
        (1.17, 1.26, None, ["15", "16", "18"]),
        (-3.3, -3.2, style.seconds, ["500 µs", "600 µs"]),
    ],
)
def test_every_logarithmic_axis_has_labels(low, high, label, texts):
    figure, ax = style.axes()
    ax.set_xlim(low, high)
    style.log_axis(ax.xaxis, label)
    shown = [t.get_text() for t in ax.get_xticklabels()]
    style.plt.close(figure)
    assert len(shown) >= 2
    assert set(shown) & set(texts), shown


@pytest.mark.parametrize("ticks", [3, 4, 5])
def test_texts_of_a_logarithmic_axis_are_apart(ticks):
    figure, ax = style.axes()
    for low in np.arange(-6, 1, 0.07):
        for width in np.arange(0.1, 3, 0.09):
            ax.set_xlim(low, low + width)
            style.log_axis(ax.xaxis, style.seconds, ticks)
            at = ax.get_xticks()
            assert len(at) >= 2, (low, width)
            assert np.diff(at).min() >= width / (2 * ticks), (low, width)
    style.plt.close(figure)


def test_every_kind_of_file_makes_a_page(
    part_file, merged_file, scoring_part_file, stream_part_file, gforbit_program, tmp_path
):
    none = tmp_path / "none.h5"
    gforbit_program(0, "cycles", "--field", 2, "--coefficients", "1", "--output", none)
    other = tmp_path / "other.h5"
    shutil.copy(part_file, other)
    with h5py.File(other, "a") as file:
        file.attrs["job"] = "another"
    for path in filter(None, (part_file, merged_file, scoring_part_file, stream_part_file, none, other)):
        assert "The run" in page_of(path)
    assert "Histogram of degree" in page_of(other)


SYSTEMS = {
    "two registers": (
        [
            {"name": "s", "length": 5, "feedback": "s0 + s2"},
            {"name": "b", "length": 7, "feedback": "s0 + b0 + b1*b4", "updates": {"3": "b4 + s1*b2"}},
        ],
        ["read by s", "read by b", "factor of a product", "an update of its own", "s (5 cells): s0 + s2"],
    ),
    "network": (
        [{"name": n, "length": 1, "feedback": f} for n, f in (("a", "b0*c0"), ("b", "a0 + c0"), ("c", "c0 + b0"))],
        ["3 cells, each with a function", "5 arrows", "ringed"],
    ),
    "cell by cell": ([{"name": n, "length": 2, "feedback": f"{n}0 + r1"} for n in "pqrstu"], []),
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_systems_are_drawn(gforbit_program, tmp_path, name):
    registers_, said = SYSTEMS[name]
    system, path = tmp_path / "system.json", tmp_path / "system.h5"
    system.write_text(json.dumps({"field": 2, "registers": registers_}), encoding="utf-8")
    gforbit_program(0, "cycles", "--system", system, "--output", path)
    text = page_of(path)
    assert ("system over GF(2)" in text) == bool(said)  # too many registers are not drawn
    for part in said:
        assert part in text, part
    assert "shift register over" not in text


def test_cells_of_a_system_are_read_alone_or_in_products():
    registers_ = [
        {"name": "s", "length": 4, "feedback": "s0 + t_2*s3^2"},
        {"name": "t_", "length": 4, "feedback": "t_0 + t_0*t_1 + 1", "updates": {"2": "t_3 + 2*s3"}},
    ]
    reads = system_diagram.reads_of(registers_)
    assert reads == {
        ("s", 0): {0: system_diagram.Reads(alone=True)},
        ("t_", 2): {0: system_diagram.Reads(in_product=True)},
        ("s", 3): {0: system_diagram.Reads(in_product=True), 1: system_diagram.Reads(alone=True)},
        ("t_", 0): {1: system_diagram.Reads(alone=True, in_product=True)},
        ("t_", 1): {1: system_diagram.Reads(in_product=True)},
        ("t_", 3): {1: system_diagram.Reads(alone=True)},
    }


def test_a_batch_has_an_overview(gforbit_program, tmp_path):
    registers_ = [{"field": 2, "degree": 4 + n % 5, "feedback": f"x0 + x1*x{2 + n % 2}"} for n in range(1000)]
    registers_.append({"field": 2, "degree": 5, "feedback": "x1*x2"})
    batch, path = tmp_path / "batch.jsonl", tmp_path / "batch.h5"
    batch.write_text("".join(json.dumps(r) + "\n" for r in registers_), encoding="utf-8")
    gforbit_program(0, "cycles", "--batch", batch, "--coalesce", "off", "--output", path)
    text = page_of(path, registers=1)
    for title in ("Longest period by number of states", "Share of the longest cycle", "Number of cycles by number"):
        assert title in text, title
    assert "1\u202f001 registers: 1\u202f001 completed." in text
    assert "The first 200 of 1\u202f001 registers" in text
    waits = runtime.queue(gforbit.open(path)).pictures[0]
    assert re.search(r">\d+ (ns|µs|ms|s)</text>", waits)


def test_state_graphs_have_a_bound_together(monkeypatch, small_file):
    monkeypatch.setattr(report, "MAX_STATES", 100)
    text = page_of(small_file)
    assert 1 <= len(re.findall("<h4>Register [^<]*: its ", text)) < 8
    assert "State graphs are drawn until they have 100 states together." in text


def test_rows_of_a_stopped_run_are_shown(gforbit_program, tmp_path):
    path = tmp_path / "stopped.h5"
    endless = "register(field=2, coefficients=1:0:0:1, length=1e13) * window(1000) * frequency * table(stats)"
    gforbit_program(75, "stream", "--pipeline", endless, "--wall-limit", 2, "--output", path)
    text = page_of(path)
    assert "Table runtime/partial/stats: rows of pipelines that did not complete" in text
    assert "How p-values are spread" in text
    assert "0 rows" not in text


def test_cycles_of_registers_that_did_not_complete_are_shown(cycles_file):
    text = page_of(cycles_file)
    assert "Known before the end: runtime/partial/registers" in text
    assert re.search("<td>hopeless</td>", text)


def test_items_that_could_not_be_processed_are_shown(stream_part_file):
    if stream_part_file is None:
        pytest.skip("this program has no stream job")
    text = page_of(stream_part_file)
    assert "1 item could not be processed." in text
    assert "1 cell under 2 names" in text


def test_shares_of_threads_and_ranks_agree(runs):
    for path in runs:
        with gforbit.open(path) as result:
            by_thread, by_rank = runtime.utilization(result).caption, runtime.ranks(result).caption
            share = int(re.search(r"(\d+) % of", by_thread)[1])
            assert abs(share - int(re.search(r"(\d+) % at work", by_rank)[1])) <= 1
            assert runtime.DEFINITION in by_thread and runtime.DEFINITION in by_rank


def test_labels_of_equal_runs_do_not_lie_on_each_other():
    threads, elapsed, ranks = np.array([1, 2, 2, 2]), np.array([4.0, 2.0, 2.01, 3.0]), np.array([1, 1, 2, 2])
    labels = list(scaling._labels(threads, elapsed, ranks, 0.05))
    assert [text for _, _, text in labels] == ["1×1", "1×2, 2×1", "2×1"]


def test_arguments_are_whole(tmp_path, gforbit_program):
    path = tmp_path / "a b.h5"
    feedback = " + ".join(f"x{i}" for i in range(20))
    gforbit_program(0, "cycles", "--field", 2, "--degree", 20, "--feedback", feedback, "--output", path)
    assert page.escape(f"--feedback '{feedback}' --output '{path}'") in page_of(path)


@pytest.mark.parametrize(
    ("degree", "taps", "drawn"),
    [
        (30, {0, 2}, {0, 1, 2, 3, 28, 29}),
        (27, {0, 13, 25}, None),
        (200, {0, 3, 7, 100}, None),
        (24, {0}, set(range(24))),
    ],
)
def test_an_ellipsis_stands_for_more_than_one_cell(degree, taps, drawn):
    places = sorted(diagram._places(degree, taps))
    assert drawn is None or set(places) == drawn
    assert {0, degree - 1} | taps <= set(places)
    assert all(after - before != 2 for before, after in zip(places, places[1:]))


def test_columns_of_any_table(tmp_path, capsys, cycles_file):
    arguments = [str(cycles_file), "--output", str(tmp_path), "--plot", "registers:degree"]
    assert report.main([*arguments, "--plot", "results/cycles:representative,period"]) == 0
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    for title in ("Histogram of degree", "degree by row", "period by representative"):
        assert f"<h4>{title}</h4>" in text
    for plot, said in (
        (
            "cycles:peroid",
            "no column of numbers 'peroid'; the columns of numbers are: register, representative, period",
        ),
        ("nothing:x", "has no table 'nothing'"),
        ("cycles", "write TABLE:COLUMN"),
    ):
        assert report.main([*arguments, "--plot", plot]) == 2
        assert said in capsys.readouterr().err


def test_long_tables_are_binned_and_sampled(tmp_path, gforbit_program):
    path = tmp_path / "long.h5"
    gforbit_program(0, "stream", "--pipeline", "range(400000) * map(y = value^2) * table(t)", "--output", path)
    text = page_of(path)
    assert "A sample: 300\u202f000 of 400\u202f000 rows, in 60 evenly spaced blocks." in text
    assert "Binned: 300 bins" in text
    assert len(text) < 500_000


def test_samples_of_tasks_are_drawn(scoring_file):
    with gforbit.open(scoring_file) as result:
        found = scoring.samples(result, [str(ROOT / "configs" / "scoring" / "tasks")])
        assert found and all([name for name, _ in grids][:2] == ["input", "expected"] for _, grids in found)
        title, grids = found[0]
        assert "matched" in title and grids[1][1] == grids[2][1]
        assert [name for name, _ in scoring.samples(result, [])[0][1]][0] == "expected"  # no task files: no input
    assert scoring.picture("a", [[0, 1], [1, 1]]).count("<path") == 3


def test_chosen_tasks_are_drawn(scoring_file, tmp_path, capsys):
    with gforbit.open(scoring_file) as result:
        ids = result.tasks.id.tolist()
        found = scoring.samples(result, [str(ROOT / "configs" / "scoring" / "tasks")], wanted=ids)
        assert len(found) == result.tasks.n_test.sum()
        assert [title.split()[1].rstrip(",") for title, _ in found] == ids
        assert len(scoring.samples(result, most=1)) == 1 and not scoring.samples(result, most=0)
    wanted = [str(scoring_file), "--output", str(tmp_path)]
    assert report.main([*wanted, "--sample-tasks", ids[0]]) == 0
    assert "Test samples of the chosen tasks" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert report.main([*wanted, "--sample-tasks", "none"]) == 2
    assert "no file has outputs of this task" in capsys.readouterr().err


def test_samples_of_published_files_are_drawn(gforbit_program, tmp_path):
    """All in one file with solutions beside it, and folders of folders."""
    sample, question = {"input": [[1, 2]], "output": [[1], [2]]}, {"input": [[3, 4]]}
    sets = {name: {"train": [sample], "test": [question]} for name in ("a", "b")}
    (tmp_path / "x_challenges.json").write_text(json.dumps(sets), encoding="utf-8")
    (tmp_path / "x_solutions.json").write_text(json.dumps({name: [[[3], [4]]] for name in sets}), encoding="utf-8")
    solved = {"train": [sample], "test": [{**question, "output": [[3], [4]]}]}
    for name in ("one", "two"):
        (tmp_path / "sets" / name).mkdir(parents=True)
        (tmp_path / "sets" / name / "a.json").write_text(json.dumps(solved), encoding="utf-8")
    (tmp_path / "solvers.json").write_text('[{"id": "turn", "builtin": "rotate_90"}]', encoding="utf-8")
    for tasks, more in ((tmp_path / "x_challenges.json", []), (tmp_path / "sets", ["--id-from", "path"])):
        path = tmp_path / f"{tasks.stem}.h5"
        arguments = ["--tasks", tasks, "--solvers", tmp_path / "solvers.json", "--store-outputs", *more]
        gforbit_program(0, "scoring", *arguments, "--output", path)
        with gforbit.open(path) as result:
            found = scoring.samples(result, wanted=result.tasks.id.tolist())
            assert len(found) == 2
            assert all(dict(grids)["input"] == [[3, 4]] and dict(grids)["expected"] == [[3], [4]] for _, grids in found)


def test_solved_tasks_come_first(scoring_file):
    with gforbit.open(scoring_file) as result:
        share = scoring.shares(result, scoring.ranking(result).index[:30])
        whole = (share > 0.999).sum().tolist()
        assert whole == sorted(whole, reverse=True) and whole[0] > 0


def _luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one, other):
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colors_have_contrast():
    """As WCAG 2.1 AA asks: 4.5 for texts, 3 for graphics."""
    light, dark = page.STYLE.split("prefers-color-scheme: dark", 1)
    for colors in (dict(re.findall(r"(--[\w-]+): (#\w{6})", part)) for part in (light, dark)):
        for ground in (colors["--page"], colors["--surface"]):
            for text in ("--ink", "--muted", "--link", "--warning"):
                assert _contrast(colors[text], ground) >= 4.5, text
            for line in range(1, 6):
                assert _contrast(colors[f"--series-{line}"], ground) >= 3, line


def test_the_page_can_be_used_by_keyboard_and_read_aloud(everything):
    text, _ = everything
    assert '<html lang="en">' in text and 'class="skip"' in text
    for scrolling in re.findall(r'<div class="scroll"[^>]*>', text):
        assert 'tabindex="0" role="region" aria-label=' in scrolling
    assert all(
        'role="img" aria-label="' in svg or 'aria-hidden="true"' in svg for svg in re.findall("<svg [^>]*>", text)
    )
    assert not re.findall("<th(?! scope=)[ >]", text)


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
        [state_graph.place(c, state_graph.tree_children(following, found)) for c in found]
    )
    assert sorted(positions) == list(range(n))
    for (x, y), (u, v) in itertools.combinations(positions.values(), 2):
        assert math.hypot(x - u, y - v) > 2 * state_graph.RADIUS, f"seed {seed}"
    assert all(0 <= x <= width and 0 <= y <= height for x, y in positions.values())


@pytest.mark.parametrize(
    ("field", "degree", "feedback"),
    [(3, 4, "x0*x1 + x2^2*x3 + 1"), (2, 12, "x1*x2 + x7*x9 + x11"), (2, 12, "0"), (2, 12, "x0"), (256, 1, "x0^2")],
)
def test_state_graphs_of_thousands_of_states(field, degree, feedback):
    modulus = "1,0,1,1,1,0,0,0,1" if field == 256 else ""
    register = argparse.Namespace(field_order=field, degree=degree, feedback=feedback, modulus=modulus)
    following = registers.successors(register)
    found = state_graph.cycles_of(following)
    children = state_graph.tree_children(following, found)
    positions, width, height = state_graph.pack([state_graph.place_large(c, children) for c in found], 2.1)
    assert sorted(positions) == list(range(field**degree))
    assert all(0 <= x <= width and 0 <= y <= height for x, y in positions.values())
    assert 0.2 < width / height < 12


def test_feedback_of_another_form_has_no_picture():
    assert registers.parse("maj(x0, x1, x2)") is None
    assert [t.exponents for t in registers.parse("x0 + 2*x1^2*x3 + 1")] == [{0: 1}, {1: 2, 3: 1}, {}]


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
        assert "2 threads at work" in runtime.utilization(result).caption


def test_many_threads_are_shown_by_rank():
    threads = list(itertools.product(range(100), range(8)))
    labels, rows = runtime._merged_rows(threads, np.ones((800, 5)))
    assert len(labels) == len(rows) == 25 and labels[0] == "0–3" and labels[-1] == "96–99"


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


# ---- searches ----------------------------------------------------------------------------------------------


def test_expected_shares_of_searches_are_those_of_all_functions():
    # Of 4 cells: nonsingular functions are x0 + g(x1, x2, x3), g any of 256; the states are numbers of 4 bits.
    def period(g):
        state, steps = 1, 0
        while steps == 0 or (state != 1 and steps < 16):
            state = state >> 1 | ((state & 1) ^ (g >> (state >> 1) & 1)) << 3
            steps += 1
        return steps

    # Without x1*x2*x3, which is in functions with an odd number of ones.
    candidates = [g for g in range(256) if g & 1 == 0 and g >> 7 == 1 and g.bit_count() % 2 == 0]
    maximal = sum(period(g) == 15 for g in candidates)
    assert maximal == search.expected_share(4) * len(candidates)


def test_tables_of_searches_have_each_family(search_file):
    result = gforbit.open(search_file)
    text = search.families_table(result)
    assert text.count("<tr>") == 1 + len(result.table("results/families"))
    families = search.families(result)
    row = families[(families.form == "3,1") & (families.degree == 10)].iloc[0]
    assert (row.n_found, row.share) == (7, 7 / row.n_after_parity)
    assert row.expected == row.n_after_parity / 128


# ---- the final report of tests of bits ---------------------------------------------------------------------


def test_second_levels_are_shown_as_tables(gforbit_program, folder):
    path = folder / "second.h5"
    bits = (
        "constant(1, length=6000) * elements(field=2) * window(100) * (frequency | runs) * second_level * table(final)"
    )
    gforbit_program(0, "stream", "--pipeline", bits, "--output", path)
    result = gforbit.open(path)
    assert stream.is_second_level(result, "results/final")
    text = stream.second_level(result, "results/final")
    assert text.count("<tr>") == 1 + 2
    assert "0 of 60" in text and "no *" in text and "0.000000 *" in text
    assert f"{style.count(2, 'statistic')};" in text
    assert "2 with a *" in text
    titles = [block.title for block in report.stream_blocks(result, OPTIONS)]
    assert "Table results/final" in titles
