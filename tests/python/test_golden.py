"""Result files of an earlier version (tests/golden/files) are read as they were written."""

import csv
import gzip
import pathlib

import gforbit
import pytest
from gforbit_report import command as report

FILES = pathlib.Path(__file__).resolve().parents[1] / "golden" / "files"
TABLES = sorted(path.name for path in FILES.glob("*-*.csv"))


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    """golden(name): the path of that file."""
    folder = tmp_path_factory.mktemp("golden")

    def unpack(name):
        path = folder / name
        if not path.exists():
            path.write_bytes(gzip.decompress((FILES / f"{name}.gz").read_bytes()))
        return path

    return unpack


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_the_rows_that_were_exported(golden, name):
    job, table = name.removesuffix(".csv").split("-")
    with open(FILES / name, encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with gforbit.open(golden(f"{job}.h5")) as result:
        frame = result.table(table)
        assert len(rows) == len(frame)
        for column in rows[0]:
            expected = [row[column] for row in rows]
            kind = frame[column].dtype.kind
            if kind in "iu":
                assert frame[column].tolist() == [int(value) for value in expected], column
            elif kind == "f":
                assert frame[column].tolist() == pytest.approx([float(value) for value in expected], nan_ok=True), column
            elif column.endswith("_decimal"):
                assert ["" if value is None else str(value) for value in frame[column]] == expected, column


@pytest.mark.parametrize("job", ["cycles", "scoring", "stream"])
def test_a_report_is_made(golden, tmp_path, job):
    files = [str(golden(name)) for name in (f"{job}.h5", f"stopped-{job}.h5")]
    assert report.main([*files, "--output", str(tmp_path)]) == 0
    assert "incomplete" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_digests_are_those_of_the_list(golden):
    listed = dict(reversed(line.split()) for line in (FILES / "digests.txt").read_text().splitlines())
    for job in ("cycles", "scoring", "stream"):
        with gforbit.open(golden(f"{job}.h5")) as result:
            assert result.attrs["results_sha256"] == listed[job]
            assert result.complete
