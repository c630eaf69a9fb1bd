"""Orbit indexes in Python: the answers are those of the program."""

import io

import gforbit
import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def indexes(gforbit_program, folder):
    """A folder with nlfsr.gfi, products.gfi, singular.gfi, ternary.gfi, unmarked.gfi with cycles without a
    distinguished state, and two.gfi, which has two registers."""
    products = "x0 + " + "*".join(f"(1+x{i})" for i in range(1, 18)) + " + x3*(1+x5)"
    registers = {
        "nlfsr": ["--field", 2, "--degree", 16, "--feedback", "x0 + x1 + x7*x11 + 1"],
        "products": ["--field", 2, "--degree", 18, "--feedback", products],
        "singular": ["--field", 2, "--degree", 12, "--feedback", "x1 + x0*x2 + x5*x7"],
        "ternary": ["--field", 3, "--degree", 6, "--feedback", "x0 + x1*x2"],
        "unmarked": ["--field", 2, "--degree", 14, "--feedback", "x0", "--method", "enumerate", "--index-states", 64],
    }
    for name, register in registers.items():
        files = ["--output", folder / f"index-{name}.h5", "--index", folder / f"{name}.gfi"]
        gforbit_program(0, "cycles", *register, *files)
    batch = folder / "two.jsonl"
    batch.write_text('{"id": "a", "field": 2, "degree": 8, "feedback": "x0 + x1*x2"}\n"x0 + x3*x4"\n', encoding="utf-8")
    gforbit_program(0, "cycles", "--batch", batch, "--output", folder / "two.h5", "--index", folder / "two.gfi")
    return folder


@pytest.mark.parametrize("name", ["nlfsr", "products", "singular"])
def test_places_are_those_of_the_program(gforbit_program, indexes, name):
    index = gforbit.Index(indexes / f"{name}.gfi")
    states = np.random.default_rng(1).integers(0, index.registers.states[0], 300)
    states = np.append(states, [0, 1, index.registers.states[0] - 1])
    (indexes / "states").write_text("\n".join(map(str, states)), encoding="utf-8")
    said = gforbit_program(0, "locate", indexes / f"{name}.gfi", "--states", indexes / "states", "--format", "csv")
    expected = pd.read_csv(io.StringIO(said)).astype("uint64")
    pd.testing.assert_frame_equal(index.locate(states), expected)


def test_every_state_has_its_own_place(indexes):
    index = gforbit.Index(indexes / "nlfsr.gfi")
    places = index.locate(np.arange(2**16))
    assert not places.duplicated(["representative", "position"]).any()
    assert (places.groupby("representative").size() == places.groupby("representative").period.first()).all()
    assert index.cycles().period.sum() == 2**16


def test_a_wrong_segment_is_found(indexes, tmp_path):
    index = gforbit.Index(indexes / "nlfsr.gfi")
    marks = index.registers.marks[0]
    assert index.verify(sample=1) == marks + np.count_nonzero(index.cycles().representative >= marks)
    assert index.verify(sample=0.2, seed=1) < marks / 2
    data = bytearray((indexes / "nlfsr.gfi").read_bytes())
    directory = int.from_bytes(data[32:40], "little")
    positions = int.from_bytes(data[directory + 64 : directory + 72], "little")
    data[positions + 8 * 9] ^= 1
    (tmp_path / "wrong.gfi").write_bytes(data)
    with pytest.raises(gforbit.WrongIndex, match="distinguished state"):
        gforbit.Index(tmp_path / "wrong.gfi").verify(sample=1)


def changed(source, target, place, change):
    """A copy with 8 bytes changed at the place that `place(entry)` finds from the fields of the first register."""
    data = bytearray(source.read_bytes())
    directory = int.from_bytes(data[32:40], "little")
    entry = {name: directory + 8 * i for i, name in enumerate(("row", "text", "text_bytes", "states", "marks", "cycles"))}
    tables = ("ordered", "cycle_table", "positions", "cycle_of", "distances", "order")
    entry |= {name: directory + 48 + 8 * i for i, name in enumerate(tables)}
    at = place(lambda name: int.from_bytes(data[entry[name] : entry[name] + 8], "little"), entry)
    value = change(int.from_bytes(data[at : at + 8], "little"))
    data[at : at + 8] = value.to_bytes(8, "little")
    target.write_bytes(data)
    return target


@pytest.mark.parametrize(
    "place",
    [
        lambda value, entry: value("cycle_table") + 24 * (value("cycles") - 1),  # representative of an unmarked cycle
        lambda value, entry: value("cycle_table") + 24 * (value("cycles") - 1) + 8,  # its period
        lambda value, entry: value("cycle_of") + 4 * 40,
        lambda value, entry: value("order") + 4 * 40,
        lambda value, entry: entry["states"],
        lambda value, entry: entry["cycles"],
        lambda value, entry: entry["marks"],
        lambda value, entry: entry["ordered"],
    ],
)
@pytest.mark.parametrize("difference", [-1, 1])
def test_a_wrong_table_is_found(indexes, tmp_path, place, difference):
    assert gforbit.Index(indexes / "unmarked.gfi").verify(sample=1) > 16
    path = changed(indexes / "unmarked.gfi", tmp_path / "wrong.gfi", place, lambda value: value + difference)
    with pytest.raises((gforbit.WrongIndex, gforbit.NotAnIndex)):
        gforbit.Index(path).verify(sample=1)


def test_two_wrong_periods_with_the_right_sum_are_found(indexes, tmp_path):
    def period(back):
        return lambda value, entry: value("cycle_table") + 24 * (value("cycles") - back) + 8

    path = changed(indexes / "unmarked.gfi", tmp_path / "wrong.gfi", period(1), lambda value: value + 1)
    changed(path, path, period(2), lambda value: value - 1)
    with pytest.raises(gforbit.WrongIndex, match="does not return after"):
        gforbit.Index(path).verify(sample=1)


def test_a_sample_has_one_segment_at_least(indexes):
    index = gforbit.Index(indexes / "singular.gfi")
    assert index.verify(sample=1e-9, seed=1) == 1
    for sample in (0, -1, 2, True, "1", float("nan")):
        with pytest.raises(ValueError, match="expected a number above 0, at most 1"):
            index.verify(sample=sample)


def test_states_are_integers(indexes):
    index = gforbit.Index(indexes / "nlfsr.gfi")
    assert list(index.locate([np.uint8(7), 9]).state) == [7, 9]
    assert index.locate([]).empty and index.locate(np.array([])).empty
    for states in ([1.5], ["5"], [True], [1, True], 1.0, "5", [[1, 2], [3]], np.array([1.0]), np.array([True]), None):
        with pytest.raises(TypeError, match="expected"):
            index.locate(states)
    for states in ([-1], [2**70], -1, np.array([-1]), [2**63, -1]):
        with pytest.raises(ValueError, match="does not exist: the smallest is 0, the largest 65535"):
            index.locate(states)
    with pytest.raises(ValueError, match="not an array of 2 dimensions"):
        index.locate([[1, 2], [3, 4]])


def test_damaged_files_are_no_index(indexes, tmp_path):
    (tmp_path / "empty.gfi").write_bytes(b"")
    with pytest.raises(gforbit.NotAnIndex, match="is no orbit index, or was cut"):
        gforbit.Index(tmp_path / "empty.gfi")
    for byte in (0xFF, ord("x")):
        path = changed(
            indexes / "nlfsr.gfi", tmp_path / "bad.gfi", lambda value, _: value("text"), lambda value: value & ~0xFF | byte
        )
        with pytest.raises(gforbit.NotAnIndex, match="the text of a register is damaged"):
            gforbit.Index(path)
    data = bytearray((indexes / "nlfsr.gfi").read_bytes())
    data[24:32] = bytes(8)
    (tmp_path / "none.gfi").write_bytes(data)
    with pytest.raises(gforbit.NotAnIndex, match="has no register"):
        gforbit.Index(tmp_path / "none.gfi")


def test_registers_of_a_batch_have_names(indexes):
    index = gforbit.Index(indexes / "two.gfi")
    assert list(index.registers.id) == ["a", "2"]
    assert index.locate(3, register="a").state[0] == 3
    with pytest.raises(ValueError, match="choose one by register=ID"):
        index.locate(3)
    with pytest.raises(ValueError, match="has no register 'b'"):
        index.locate(3, register="b")


def test_what_it_cannot_do_is_said(indexes, tmp_path):
    for state in (0, 700):  # a distinguished state or not
        with pytest.raises(ValueError, match=r"over GF\(3\): ask 'gforbit locate'"):
            gforbit.Index(indexes / "ternary.gfi").locate(state)
    with pytest.raises(ValueError, match="does not exist"):
        gforbit.Index(indexes / "nlfsr.gfi").locate(2**16)
    with pytest.raises(gforbit.NotAnIndex, match="is no orbit index"):
        gforbit.Index(indexes / "two.jsonl")
    (tmp_path / "cut.gfi").write_bytes((indexes / "nlfsr.gfi").read_bytes()[:5000])
    with pytest.raises(gforbit.NotAnIndex, match="it was cut"):
        gforbit.Index(tmp_path / "cut.gfi")
