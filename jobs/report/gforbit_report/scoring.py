"""Scores of candidates on tasks, what became of their calls, and samples in the colors of ARC."""

import json
import os
import pathlib

import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap

from . import style

MAX_CANDIDATES, MAX_TASKS = 30, 60
MAX_TASKS_NARROW = 16
MAX_SAMPLES = 6


def ranking(result):
    """Candidates, the best first, as `gforbit summary` ranks them."""
    order = ["tasks_solved", "o_score", "cells_equal"]
    return result.candidates.sort_values(order, ascending=False, kind="stable")


def shares(result, candidates):
    """Share of the samples of a task, demo and test, that a candidate matched.

    Returns
    -------
    pandas.DataFrame
        Candidates by tasks, NaN where a candidate was not called. Tasks that most of these candidates matched as a whole
        come first, then those with the largest shares.
    """
    calls = result["results/calls"]
    calls = calls[calls.candidate.isin(candidates)]
    keys = ["candidate", "task", "sample_kind", "sample"]
    matched = (calls.match == 1).groupby([calls[k] for k in keys], observed=True).max()
    share = matched.groupby(["candidate", "task"]).sum().unstack().reindex(index=candidates).astype(float)
    share = share / (result.tasks.n_demo + result.tasks.n_test)[share.columns]
    whole, sums = (share > 0.999).sum(), share.sum()
    return share[sorted(share.columns, key=lambda t: (-whole[t], -sums[t], t))]


# ---- leaderboard and matrix --------------------------------------------------------------------------------


def leaderboard(result):
    """Samples that the best candidates matched."""
    best = ranking(result).head(MAX_CANDIDATES)
    if best.empty:
        return None
    samples = int(result.tasks.n_demo.sum() + result.tasks.n_test.sum())
    drawings = [_leaders(best, inches, length) for inches, length in ((style.WIDE, 60), (style.WIDTH, 20))]
    return style.finish(
        drawings[0],
        "Leaderboard",
        f"The best {len(best)} of {style.count(len(result.candidates), 'candidate')} by tasks solved, then samples "
        f"matched; there are {style.count(len(result.tasks), 'task')} with {style.count(samples, 'sample')}.",
        [
            style.Key("box", style.SERIES[0], "demo samples matched"),
            style.Key("box", style.SERIES[1], "test samples matched"),
        ],
        wide=True,
        narrow=drawings[1],
    )


def _leaders(best, inches, length):
    figure, ax = style.axes(0.7 + 0.21 * len(best), inches)
    style.stacked_bars(ax, [(style.SERIES[0], best.demo_matches), (style.SERIES[1], best.test_matches)])
    most = max(int(best.o_score.max()), 1)
    for at, (solved, score) in enumerate(zip(best.tasks_solved, best.o_score)):
        ax.text(score + most * 0.02, at, f"{solved} solved", va="center", fontsize=style.SMALL, color=style.MUTED)
    style.row_labels(ax, best.id, "candidate", length)
    ax.set(xlabel="samples matched", xlim=(0, most * (1.12 if inches > style.WIDTH else 1.5)))
    style.linear_axis(ax.xaxis, integer=True)
    return figure


SHARES = [0, 1e-9, 0.34, 0.67, 0.999999, 1.001]


def matrix(result):
    """Share of samples that a candidate matched, by task; tasks that were solved come first."""
    candidates = ranking(result).index[:MAX_CANDIDATES]
    if not len(candidates) or result.tasks.empty:
        return None
    share = shares(result, candidates).iloc[:, :MAX_TASKS]
    tasks = share.columns
    n_solved = int((result.tasks.n_candidates_solved > 0).sum())
    drawings = [
        _cells(result, share.iloc[:, :n], inches, length)
        for n, inches, length in ((MAX_TASKS, style.WIDE, 36), (MAX_TASKS_NARROW, style.WIDTH, 16))
    ]
    on_phones = f" Small screens show {MAX_TASKS_NARROW} of these tasks." if len(tasks) > MAX_TASKS_NARROW else ""
    return style.finish(
        drawings[0],
        "Tasks and candidates",
        "Share of the samples of a task, demo and test, whose output a candidate found. "
        f"The best {len(candidates)} of {style.count(len(result.candidates), 'candidate')} and {len(tasks)} of "
        f"{style.count(len(result.tasks), 'task')} are shown, those first that most of these candidates matched as a whole; "
        f"{style.count(n_solved, 'task')} {'was' if n_solved == 1 else 'were'} solved by some candidate.{on_phones}",
        style.step_keys(["none", "up to 1/3", "to 2/3", "below all", "all samples"]),
        wide=True,
        narrow=drawings[1],
    )


def _cells(result, share, inches, length):
    tasks, candidates = share.columns, share.index
    longest = min(max(len(t) for t in result.tasks.id[tasks]), 18)
    figure, ax = style.axes(0.5 + 0.085 * longest + 0.19 * len(candidates), inches)
    ax.pcolormesh(
        np.arange(len(tasks) + 1) - 0.5,
        np.arange(len(candidates) + 1) - 0.5,
        np.ma.masked_invalid(share.to_numpy(dtype=float)),
        cmap=ListedColormap(style.steps(5)),
        norm=BoundaryNorm(SHARES, 5),
        edgecolors=style.SURFACE,
        linewidth=1.0,
    )
    style.row_labels(ax, result.candidates.id[candidates], "candidate", length)
    ax.set(xlabel="task", xticks=range(len(tasks)))
    ax.set_xticklabels([style.plain(style.short(t, 18)) for t in result.tasks.id[tasks]], rotation=90)
    ax.grid(False)
    return figure


# ---- calls -------------------------------------------------------------------------------------------------


def endings(result):
    """What became of all calls."""
    counts = result["results/calls"].status.value_counts()
    counts = counts[counts > 0]
    if counts.empty:
        return None
    figure, ax = style.axes(0.8 + 0.26 * len(counts))
    values = np.log10(counts.to_numpy(dtype=float)) + 0.15  # so that a single one is seen
    ax.barh(range(len(counts)), values, 0.72, color=style.MEASURED)
    for at, (n, value) in enumerate(zip(counts, values)):
        ax.text(value, at, f"  {n:,}".replace(",", "\u202f"), va="center", fontsize=style.SMALL, color=style.MUTED)
    style.row_labels(ax, [str(s).replace("_", " ") for s in counts.index], "ending")
    ax.set(xlabel="number, logarithmic", xlim=(0, values.max() * 1.35), xticks=[])
    return style.finish(
        figure,
        "Outputs and calls without any",
        f"Endings of all {style.count(int(counts.sum()), 'output')}, and of calls without output.",
    )


def latency(result):
    """Wall and CPU time of calls of programs."""
    calls = result.runtime.calls
    if calls.empty:
        return None
    figure, ax = style.axes()
    smallest = max(min(calls.wall_s.min(), calls.cpu_s.min()), 1e-4)
    edges = np.linspace(np.floor(np.log10(smallest)), np.ceil(np.log10(max(calls.wall_s.max(), 2e-4))), 33)
    columns = (("wall_s", "wall time", style.SERIES[0]), ("cpu_s", "CPU time of all processes", style.SERIES[1]))
    for column, _, color in columns:
        counts, _ = np.histogram(np.log10(calls[column].clip(10 ** edges[0], 10 ** edges[-1])), edges)
        ax.stairs(counts, edges, color=color, linewidth=1.8)
    ax.set(xlabel="time of a call", ylabel="number of calls")
    style.log_axis(ax.xaxis, style.seconds)
    style.linear_axis(ax.yaxis, integer=True)
    return style.finish(
        figure,
        "What calls of programs took",
        f"{style.count(len(calls), 'call')} of solver programs; half took at most {style.seconds(calls.wall_s.median())}, "
        f"the longest {style.seconds(calls.wall_s.max())}.",
        [style.Key("line", color, name) for _, name, color in columns],
    )


# ---- samples -----------------------------------------------------------------------------------------------


def samples(result, tasks_at=None, most=MAX_SAMPLES, wanted=None):
    """Chosen samples: input, expected output and what the best candidates made of it.

    Test samples of solved tasks come first, then those with most equal cells.

    Parameters
    ----------
    result : gforbit.ResultFile
    tasks_at : list of str, optional
        Files and folders of tasks; by default those that the run read.
    most : int
        So many samples at most, one a task.
    wanted : list of str, optional
        Ids of tasks: all their test samples instead.

    Returns
    -------
    list of (str, list of (str, list of list of int))
        A heading and grids with their names, one a sample; empty where no outputs are stored.
    """
    if "results/outputs" not in result.tables:
        return []
    stored = _Tasks(result, tasks_at)
    found, seen = [], set()
    for row in _wanted_rows(result, wanted) if wanted else _chosen_rows(result, most):
        if not wanted and len(found) == most:
            break
        call = result["results/calls"].loc[row]
        place = (call.task, call["sample"]) if wanted else call.task
        if place in seen:
            continue
        output = _output(result, row, call)
        if output is None:
            continue
        seen.add(place)
        found.append(_sample(result, call, output, stored))
    return found


def _tests_with_output(result):
    """Rows of results/calls with an output for a test sample, and the share of its cells that are right."""
    calls = result["results/calls"]
    calls = calls[(calls.attempt > 0) & (calls.sample_kind == "test")]
    return calls, (calls.cells_equal / calls.cells_total.clip(lower=1)).where(calls.match >= 0, -1.0)


def _chosen_rows(result, most):
    """Rows of results/calls whose outputs tell most, a few a task."""
    calls, share = _tests_with_output(result)
    calls = calls[calls.candidate.isin(ranking(result).index[:200])]
    matched = calls.index[calls.match == 1]
    near = share[calls.index][calls.match == 0].sort_values(ascending=False, kind="stable").index
    first = calls.loc[matched].drop_duplicates("task").index[: (most + 1) // 2]
    return [*first, *calls.loc[near].drop_duplicates("task").index[: 2 * most], *matched[:200]]


def _wanted_rows(result, wanted):
    """Rows of results/calls: of each test sample of these tasks the output that comes closest."""
    calls, share = _tests_with_output(result)
    tasks = result.tasks.index[result.tasks.id.isin(wanted)]
    calls = calls[calls.task.isin(tasks)].assign(share=share)
    rank = {candidate: at for at, candidate in enumerate(ranking(result).index)}
    calls["rank"] = calls.candidate.map(rank)
    best = calls.sort_values(["match", "share", "rank"], ascending=[False, False, True], kind="stable")
    return best.drop_duplicates(["task", "sample"]).sort_values(["task", "sample"]).index.tolist()


def _sample(result, call, output, stored):
    candidate, task = result.candidates.id[call.candidate], result.tasks.id[call.task]
    source, expected = stored.sample(task, call.sample_kind, int(call["sample"]))
    if expected is None and call.match == 1:
        expected = output
    grids = [("input", source), ("expected", expected), (f"candidate {candidate}", output)]
    verdict = "matched" if call.match == 1 else f"{call.cells_equal} of {call.cells_total} cells equal"
    if call.match < 0:
        verdict = "nothing expected"
    elif call.match == 0 and call.shape_ok == 0:
        verdict = "other shape"
    return f"Task {task}, {call.sample_kind} sample {call['sample']}: {verdict}", [g for g in grids if g[1]]


def _output(result, row, call):
    """The output of a row of results/calls; None if it is not stored.

    Outputs are sorted as calls are, so its place is the number of calls before it that have an output.
    """
    at = int((result["results/calls"].attempt[:row] > 0).sum())
    found = result.table("outputs", slice(at, at + 1))
    keys = ["task", "candidate", "sample_kind", "sample", "attempt"]
    if found.empty or any(found[key].iloc[0] != call[key] for key in keys):
        return None
    return json.loads(found.output.iloc[0])


class _Tasks:
    """Task files that the run read, as they are published, where they are still at hand."""

    def __init__(self, result, places):
        settings = dict(line.split(" = ", 1) for line in result.config.splitlines() if " = " in line)
        if places is None:
            places = settings["tasks"].split(",") if "tasks" in settings else []
        self.by_path = settings.get("id-from") == "path"
        self.solutions = settings.get("solutions")
        self.paths = []
        for place in map(pathlib.Path, places):
            self.paths += sorted(place.rglob("*.json")) if place.is_dir() else [place] if place.is_file() else []
        self.single = {self._id_of(path): path for path in self.paths}
        self.many = None

    def _id_of(self, path):
        return os.path.normpath(path.with_suffix("")) if self.by_path else path.stem

    def sample(self, task, kind, number):
        """Input and expected output; None for what is not known."""
        try:
            found = self._task(task)["train" if kind == "demo" else "test"][number]
            return found["input"], found.get("output")
        except (KeyError, IndexError, TypeError, ValueError, OSError):
            return None, None

    def _task(self, task):
        if task in self.single:
            content = _read(self.single[task])
            if isinstance(content, list):
                return {"train": [], "test": content}
            if "train" in content:
                return content
        if self.many is None:
            self.many = {}
            for path in self.paths:
                self._add_many(path)
        return self.many[task]

    def _add_many(self, path):
        """The tasks of a file that holds several, with the outputs of their tests from the file of solutions."""
        try:
            content = _read(path)
            if not isinstance(content, dict) or "train" in content:
                return
            beside = path.with_name(path.name.replace("challenges", "solutions"))
            beside = pathlib.Path(self.solutions) if self.solutions else beside
            solutions = _read(beside) if beside != path and beside.is_file() else {}
        except (ValueError, OSError):
            return
        for name, task in content.items():
            for test, output in zip(task.get("test", []) if isinstance(task, dict) else [], solutions.get(name, [])):
                test.setdefault("output", output)
            self.many[f"{self._id_of(path)}/{name}" if self.by_path else name] = task


def _read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def picture(name, grid):
    """A grid as SVG, each color one path.

    Parameters
    ----------
    name : str
    grid : list of list of int

    Returns
    -------
    str
    """
    rows, columns = len(grid), max(map(len, grid), default=0)
    paths = {}
    for y, row in enumerate(grid):
        for x, color in enumerate(row):
            paths.setdefault(int(color) % 16, []).append(f"M{x} {y}h1v1h-1z")
    body = "".join(f'<path class="arc-{color}" d="{"".join(d)}"/>' for color, d in sorted(paths.items()))
    lines = "".join(f"M0 {y}h{columns}" for y in range(rows + 1)) + "".join(
        f"M{x} 0v{rows}" for x in range(columns + 1)
    )
    return (
        f'<svg viewBox="-0.05 -0.05 {columns + 0.1:g} {rows + 0.1:g}" role="img" '
        f'aria-label="{style.escape(name)}: {rows} rows, {columns} columns">{body}<path class="arc-lines" d="{lines}"/></svg>'
    )
