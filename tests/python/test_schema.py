"""docs/file-format.md lists what files hold: all of it and nothing else."""

import os

import gforbit
import pytest
import schema
from conftest import ROOT

PAGE = ROOT / "docs" / "file-format.md"


@pytest.fixture(scope="module")
def page(
    cycles_file,
    basins_file,
    part_file,
    merged_file,
    scoring_file,
    scoring_part_file,
    stream_file,
    stream_part_file,
    search_file,
    search_part_file,
):
    files = (
        cycles_file,
        basins_file,
        part_file,
        merged_file,
        scoring_file,
        scoring_part_file,
        stream_file,
        stream_part_file,
        search_file,
        search_part_file,
    )
    return schema.page([gforbit.open(f) for f in files if f])


def test_the_page_is_what_files_hold(page):
    by_hand, marker, listed = PAGE.read_text(encoding="utf-8").partition(schema.MARKER)
    assert marker
    if os.environ.get("GFORBIT_UPDATE_SCHEMA"):
        PAGE.write_text(f"{by_hand}{marker}\n{page}", encoding="utf-8")
        listed = f"\n{page}"
    assert listed == f"\n{page}", (
        "the layout has changed: raise the version if readers must know, say it in CHANGELOG.md, then write the page "
        "anew with GFORBIT_UPDATE_SCHEMA=1 tests/run.sh -R python.schema"
    )


def test_no_meaning_without_its_attribute(page):
    assert [name for group in schema.MEANINGS.values() for name in group if f"| `{name}` |" not in page] == []


def test_an_attribute_without_meaning_is_an_error(tmp_path, cycles_file):
    path = tmp_path / "more.h5"
    path.write_bytes(cycles_file.read_bytes())
    with gforbit.h5py.File(path, "a") as file:
        file["runtime"].attrs["colour"] = "red"
    with pytest.raises(KeyError, match="'colour' of 'runtime' has no meaning"):
        schema.page([gforbit.open(path)])
