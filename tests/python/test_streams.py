"""Aggregates and running statistics against pandas on the same file."""

import io
import math
import random

import pandas
import pytest


@pytest.fixture(scope="module")
def rows(folder):
    """A file with keys, integers, and real numbers that may be missing."""
    generator = random.Random(5)
    path = folder / "rows.csv"
    lines = ["key,i,x"]
    for _ in range(5000):
        x = "" if generator.random() < 0.1 else repr(generator.gauss(10, 1000))
        lines.append(f"{generator.choice('abcde')},{generator.randrange(-1000, 1000)},{x}")
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def made(gforbit_program, folder, rows):
    """The table that terms make of the file."""

    def make(terms):
        text = gforbit_program(
            0, "stream", "--force", "--quiet", "--output", folder / "pandas.h5", "--pipeline",
            f"csv('{rows}') * {terms} * csv('/dev/stdout')",
        )
        return pandas.read_csv(io.StringIO(text))

    return make


def same(ours, theirs):
    assert list(ours.columns) == list(theirs.columns)
    assert len(ours) == len(theirs)
    for column in ours.columns:
        for a, b in zip(ours[column], theirs[column], strict=True):
            if isinstance(a, str) or isinstance(b, str):
                assert a == b
            else:
                assert (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)


def test_aggregates_by_key(made, rows):
    data = pandas.read_csv(rows)
    groups = data.groupby("key")
    theirs = pandas.DataFrame(
        {
            "n": groups.size(),
            "s": groups.i.sum(),
            "m": groups.x.mean(),
            "d": groups.x.std(),
            "a": groups.x.min(),
            "b": groups.i.max(),
            "c": groups.x.count(),
            "q": groups.x.quantile(0.25),
        }
    ).reset_index()
    same(
        made(
            "aggregate(n=count(), s=sum(i), m=mean(x), d=std(x), a=min(x), b=max(i), c=count(x), "
            "q=quantile(x, 0.25), by=key)"
        ),
        theirs,
    )


def test_running_over_all(made, rows):
    data = pandas.read_csv(rows)
    so_far = data.x.expanding(min_periods=1)
    theirs = pandas.DataFrame(
        {"s": data.i.cumsum(), "m": so_far.mean(), "d": so_far.std(), "a": so_far.min(), "c": so_far.count()}
    )
    same(made("running(s=sum(i), m=mean(x), d=std(x), a=min(x), c=count(x)) * drop(key, i, x)"), theirs)


def test_running_over_the_last(made, rows):
    data = pandas.read_csv(rows)
    last = data.rolling(7, min_periods=1)
    theirs = pandas.DataFrame({"s": last.i.sum(), "m": last.x.mean(), "d": last.x.std(), "b": last.x.max()})
    same(made("running(s=sum(i), m=mean(x), d=std(x), b=max(x), over=7) * drop(key, i, x)"), theirs)


def test_running_by_key(made, rows):
    data = pandas.read_csv(rows)
    groups = data.groupby("key")
    theirs = pandas.DataFrame(
        {"key": data.key, "s": groups.i.cumsum(), "b": groups.i.rolling(3, min_periods=1).max().droplevel(0)}
    )
    same(
        made("running(s=sum(i), by=key) * running(b=max(i), over=3, by=key) * drop(i, x)"),
        theirs,
    )
