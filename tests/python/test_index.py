"""Orbit indexes in Python: the answers are those of the program."""

import io

import gforbit
import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def indexes(gforbit_program, folder):
    """A folder with nlfsr.gfi, products.gfi, singular.gfi, ternary.gfi and two.gfi, which has two registers."""
    products = "x0 + " + "*".join(f"(1+x{i})" for i in range(1, 18)) + " + x3*(1+x5)"
    registers = {
        "nlfsr": ["--field", 2, "--degree", 16, "--feedback", "x0 + x1 + x7*x11 + 1"],
        "products": ["--field", 2, "--degree", 18, "--feedback", products],
        "singular": ["--field", 2, "--degree", 12, "--feedback", "x1 + x0*x2 + x5*x7"],
        "ternary": ["--field", 3, "--degree", 6, "--feedback", "x0 + x1*x2"],
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
    assert index.verify(sample=1) == index.registers.marks[0]
    assert index.verify(sample=0.2, seed=1) < index.registers.marks[0] / 2
    data = bytearray((indexes / "nlfsr.gfi").read_bytes())
    directory = int.from_bytes(data[32:40], "little")
    positions = int.from_bytes(data[directory + 64 : directory + 72], "little")
    data[positions + 8 * 9] ^= 1
    (tmp_path / "wrong.gfi").write_bytes(data)
    with pytest.raises(gforbit.WrongIndex, match="distinguished state"):
        gforbit.Index(tmp_path / "wrong.gfi").verify(sample=1)


def test_registers_of_a_batch_have_names(indexes):
    index = gforbit.Index(indexes / "two.gfi")
    assert list(index.registers.id) == ["a", "2"]
    assert index.locate(3, register="a").state[0] == 3
    with pytest.raises(ValueError, match="choose one by register=ID"):
        index.locate(3)
    with pytest.raises(ValueError, match="has no register 'b'"):
        index.locate(3, register="b")


def test_what_it_cannot_do_is_said(indexes, tmp_path):
    with pytest.raises(ValueError, match=r"over GF\(3\): ask 'gforbit locate'"):
        gforbit.Index(indexes / "ternary.gfi").locate(700)
    with pytest.raises(ValueError, match="does not exist"):
        gforbit.Index(indexes / "nlfsr.gfi").locate(2**16)
    with pytest.raises(gforbit.NotAnIndex, match="is no orbit index"):
        gforbit.Index(indexes / "two.jsonl")
    (tmp_path / "cut.gfi").write_bytes((indexes / "nlfsr.gfi").read_bytes()[:5000])
    with pytest.raises(gforbit.NotAnIndex, match="it was cut"):
        gforbit.Index(tmp_path / "cut.gfi")
