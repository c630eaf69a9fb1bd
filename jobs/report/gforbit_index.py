"""Orbit indexes of gforbit for numpy: where states are, without the program.

>>> import gforbit
>>> index = gforbit.Index("a.gfi")                      # doctest: +SKIP
>>> index.registers                                     # doctest: +SKIP
>>> index.locate([12345, 0x1F])                         # doctest: +SKIP
>>> index.verify(sample=0.01)                           # doctest: +SKIP

The file is mapped into memory; its layout is told by docs/index.md. Registers over GF(2) walk here, many states side by
side; for other fields ask ``gforbit locate``. Checksums of blocks are checked by ``gforbit verify``, not here.
docs/index.md tells what ``Index.verify`` checks.
"""

from __future__ import annotations

import json
import numbers
import os
import re

import numpy as np
import pandas as pd

__all__ = ["Index", "NotAnIndex", "WrongIndex"]

_HEADER = 4096
_ENTRY = np.dtype(
    [("row", "<u8"), ("text", "<u8"), ("text_bytes", "<u8"), ("states", "<u8"), ("marks", "<u8"), ("cycles", "<u8")]
    + [("ordered", "<u8"), ("cycle_table", "<u8"), ("positions", "<u8"), ("cycle_of", "<u8"), ("distances", "<u8")]
    + [("order", "<u8"), ("kind", "<u4"), ("level", "<u4"), ("zeros", "<u8", 3)]
)
_CYCLE = np.dtype([("representative", "<u8"), ("period", "<u8"), ("first", "<u8")])


class NotAnIndex(ValueError):
    """The file is no orbit index of a format that this module reads, or it was cut or damaged."""


class WrongIndex(ValueError):
    """The index contradicts its register."""


class Index:
    """An orbit index, opened for reading.

    Parameters
    ----------
    path : str or os.PathLike

    Attributes
    ----------
    registers : pandas.DataFrame
        One row a register: id, field, degree, feedback, states, marks (distinguished states), cycles, nonsingular.

    Raises
    ------
    NotAnIndex
    """

    def __init__(self, path):
        self.path = str(path)
        if os.path.getsize(path) < _HEADER:
            raise NotAnIndex(f"'{self.path}' is no orbit index, or was cut")
        data = np.memmap(path, dtype=np.uint8, mode="r")
        if bytes(data[:8]) != b"gforbit\x1a":
            raise NotAnIndex(f"'{path}' is no orbit index")
        major, size = int(data[8:12].view("<u4")[0]), int(data[16:24].view("<u8")[0])
        if major != 1:
            raise NotAnIndex(f"'{path}' has format {major}, and this module reads 1")
        if size != len(data):
            raise NotAnIndex(f"'{path}' has {len(data)} bytes, and its header says {size}: it was cut")
        count, directory = (int(n) for n in data[24:40].view("<u8"))
        if count == 0:
            raise NotAnIndex(f"'{path}' has no register")
        self._tables = [_Table(data, entry) for entry in _array(data, directory, count, _ENTRY)]
        self.registers = pd.DataFrame([table.facts for table in self._tables])

    def locate(self, states, register=None):
        """Where states are.

        Parameters
        ----------
        states : int, or list or array of int
            State indices of a register over GF(2).
        register : str, optional
            Id of the register; needed where the file has several.

        Returns
        -------
        pandas.DataFrame
            One row a state: state, representative and period of its cycle, position (steps from the representative);
            of singular registers also distance (steps to the cycle, 0 on it) and entry (the first state on the cycle,
            which the position belongs to).
        """
        table = self._table(register)
        return table.locate(_as_states(states, table.states))

    def cycles(self, register=None):
        """All cycles: representative and period.

        Returns
        -------
        pandas.DataFrame
        """
        rows = self._table(register).rows
        return pd.DataFrame({"representative": rows["representative"], "period": rows["period"]})

    def verify(self, sample=0.01, register=None, seed=None):
        """Check the tables and walk a sample of the segments on cycles again.

        Parameters
        ----------
        sample : float
            Above 0, at most 1: the probability with which each segment, and each cycle without a distinguished state,
            is walked. At least one is.

        Returns
        -------
        int
            How many were walked. One that is wrong escapes with probability ``1 - sample``.

        Raises
        ------
        WrongIndex
            A segment or a cycle is another one, or the tables contradict each other.
        """
        if isinstance(sample, bool) or not isinstance(sample, numbers.Real) or not 0 < sample <= 1:
            raise ValueError(f"sample is {sample!r}: expected a number above 0, at most 1")
        return self._table(register).verify(sample, np.random.default_rng(seed))

    def _table(self, register):
        if register is None:
            if len(self._tables) != 1:
                raise ValueError(f"'{self.path}' has {len(self._tables)} registers: choose one by register=ID")
            return self._tables[0]
        for table in self._tables:
            if table.facts["id"] == str(register):
                return table
        raise ValueError(f"'{self.path}' has no register '{register}'")


def _as_states(states, count):
    """An array of states below `count`; floats, texts and truth values are none."""
    values = np.atleast_1d(np.asarray(states if hasattr(states, "dtype") else np.array(states, dtype=object)))
    if values.ndim != 1:
        raise ValueError(f"expected a state or a list of states, not an array of {values.ndim} dimensions")
    if not len(values):
        return np.zeros(0, dtype=np.uint64)
    if values.dtype.kind == "O":
        for value in values:
            if isinstance(value, bool) or not isinstance(value, numbers.Integral):
                raise TypeError(f"{value!r} is no state: expected an integer")
    elif values.dtype.kind not in "iu":
        raise TypeError(f"an array of {values.dtype} has no states: expected integers")
    for value in (values.min(), values.max()):
        if not 0 <= value < count:
            raise ValueError(f"state {value} does not exist: the smallest is 0, the largest {count - 1}")
    return values.astype(np.uint64)


def _array(data, offset, count, dtype):
    dtype = np.dtype(dtype)
    offset, count = int(offset), int(count)
    if offset + count * dtype.itemsize > len(data):
        raise NotAnIndex("a table lies outside the file")
    return data[offset : offset + count * dtype.itemsize].view(dtype)


def _text(data):
    """What the file says of a register."""
    try:
        text = json.loads(data.decode())
        known = isinstance(text["field"], int) and isinstance(text["degree"], int)
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError):
        known = False
    if not known or not 0 < text["degree"] < 64:
        raise NotAnIndex("the text of a register is damaged")
    return text


class _Table:
    """The part of one register."""

    def __init__(self, data, entry):
        text = _text(bytes(_array(data, entry["text"], entry["text_bytes"], np.uint8)))
        self.nonsingular = int(entry["kind"]) == 1
        self.states, self.marks = int(entry["states"]), int(entry["marks"])
        self.facts = {key: text.get(key) for key in ("id", "field", "degree", "feedback")}
        self.facts |= {"states": self.states, "marks": self.marks, "cycles": int(entry["cycles"])}
        self.facts["nonsingular"] = self.nonsingular
        if self.states != text["field"] ** text["degree"] or not 0 < self.marks <= self.states:
            raise NotAnIndex("a number of states in the directory is wrong")
        self.rows = _array(data, entry["cycle_table"], entry["cycles"], _CYCLE)
        self.positions = _array(data, entry["positions"], self.marks, "<u8")
        self.cycle_of = _array(data, entry["cycle_of"], self.marks, "<u4")
        self.order = _array(data, entry["order"], entry["ordered"], "<u4")
        self.products = None  # of the feedback, once they are needed
        self.unmarked = {}
        self.distances = None if self.nonsingular else _array(data, entry["distances"], self.marks, "<u4")

    def step(self, states):
        """The next states, over GF(2)."""
        value = np.zeros(len(states), dtype=np.uint64)
        for cells, ones in self._products():
            value ^= ((states & np.uint64(cells)) == np.uint64(ones)).astype(np.uint64)
        return states >> np.uint64(1) | value << np.uint64(self.facts["degree"] - 1)

    def walk(self, states):
        """Steps to the next mark, at least one, and the mark; where a walk returned to its start first, the mark is
        the start."""
        now, steps = states.copy(), np.zeros(len(states), dtype=np.uint64)
        active = np.arange(len(states))
        moving, limit = states.copy(), self.states
        while len(active) and limit > 0:
            moving = self.step(moving)
            limit -= 1
            steps[active] += np.uint64(1)
            ended = (moving < np.uint64(self.marks)) | (moving == states[active])
            now[active[ended]] = moving[ended]
            active, moving = active[~ended], moving[~ended]
        return now, steps

    def locate(self, states):
        self._products()  # refuses registers that cannot walk here, wherever the states are
        if not self.nonsingular:
            places = [self._locate_singular(int(state)) for state in states]
            columns = ["state", "representative", "period", "position", "distance", "entry"]
            return pd.DataFrame(places, columns=columns).astype("uint64")
        marks, steps = states.copy(), np.zeros(len(states), dtype=np.uint64)
        far = states >= np.uint64(self.marks)
        marks[far], steps[far] = self.walk(states[far])
        found = marks < np.uint64(self.marks)
        row = np.zeros(len(states), dtype=np.int64)
        row[found] = self.cycle_of[marks[found].astype(np.int64)]
        position = np.zeros(len(states), dtype=np.uint64)
        period = self.rows["period"][row]
        position[found] = self.positions[marks[found].astype(np.int64)] + period[found] - steps[found]
        for i in np.flatnonzero(~found):
            row[i], position[i] = self._on_cycle(int(states[i]), int(steps[i]))
        period = self.rows["period"][row]
        return pd.DataFrame(
            {
                "state": states,
                "representative": self.rows["representative"][row],
                "period": period,
                "position": position % period,
            }
        )

    def _products(self):
        if self.products is None:
            if self.facts["field"] != 2:
                raise ValueError(f"the register is over GF({self.facts['field']}): ask 'gforbit locate'")
            if self.facts["feedback"] is None:
                raise ValueError("the register is a system: ask 'gforbit locate'")
            self.products = list(_products(self.facts["feedback"]))
        return self.products

    def _next(self, state):
        value = 0
        for cells, ones in self._products():
            value ^= state & cells == ones
        return state >> 1 | value << (self.facts["degree"] - 1)

    def _on_cycle(self, state, period):
        """Row and position of a state on a cycle without a mark; those of all its states are kept."""
        if state in self.unmarked:
            return self.unmarked[state]
        states = [state]
        for _ in range(1, period):
            states.append(self._next(states[-1]))
        least = min(states)
        steps = states.index(least)
        row = int(np.searchsorted(self.rows["representative"], least))
        if row == len(self.rows) or int(self.rows["representative"][row]) != least:
            raise WrongIndex(f"the cycle of state {least} is not in the index")
        self.unmarked.update({s: (row, (i - steps) % period) for i, s in enumerate(states)})
        return self.unmarked[state]

    def _locate_singular(self, start):
        """Walks until the state is known: a mark that is transient, or a state that was seen before."""
        seen, path, state = {}, [], start
        while state not in seen:
            if state < self.marks and int(self.distances[state]) > 0:
                row, distance = int(self.cycle_of[state]), len(path) + int(self.distances[state])
                position = int(self.positions[state])
                return self._place(start, row, position, distance, self._state_at(row, position))
            seen[state] = len(path)
            path.append(state)
            state = self._next(state)
        row, position = self._on_cycle(state, len(path) - seen[state])
        return self._place(start, row, position, seen[state], state)

    def _state_at(self, row, position):
        state, at = int(self.rows["representative"][row]), 0
        first = int(self.rows["first"][row])
        end = int(self.rows["first"][row + 1]) if row + 1 < len(self.rows) else len(self.order)
        if first < end:
            marks = self.order[first:end]
            last = int(np.searchsorted(self.positions[marks], position, side="right")) - 1
            state = int(marks[last])
            at = int(self.positions[state])
        for _ in range(position - at):
            state = self._next(state)
        return state

    def _place(self, state, row, position, distance, entry):
        cycle = self.rows[row]
        return state, int(cycle["representative"]), int(cycle["period"]), position, distance, entry

    def verify(self, sample, random):
        self._products()
        self._check_cycles()
        self._check_order()
        unmarked = np.flatnonzero(self._counts() == 0)
        chosen = random.random(len(self.order) + len(unmarked)) < sample
        if not chosen.any():
            chosen[random.integers(len(chosen))] = True
        self._walk_segments(np.flatnonzero(chosen[: len(self.order)]))
        self._walk_unmarked(unmarked[chosen[len(self.order) :]])
        return int(np.count_nonzero(chosen))

    def _counts(self):
        """Distinguished states of each cycle."""
        return np.diff(self.rows["first"].astype(np.int64), append=len(self.order))

    def _check_cycles(self):
        """The table of cycles by itself."""
        representative, period, counts = self.rows["representative"], self.rows["period"], self._counts()
        if not len(self.rows) or self.rows["first"][0] != 0 or (counts < 0).any():
            raise WrongIndex("the table of cycles does not fit the order of the distinguished states")
        if (representative[1:] <= representative[:-1]).any() or int(representative[-1]) >= self.states:
            raise WrongIndex("the representatives are not increasing states")
        if ((representative < np.uint64(self.marks)) != (counts > 0)).any():
            raise WrongIndex("a cycle has distinguished states and none is its smallest state, or the reverse")
        low, high = (int(part.sum()) for part in (period & np.uint64(0xFFFFFFFF), period >> np.uint64(32)))
        total = low + (high << 32)
        if (period == 0).any() or total > self.states or (self.nonsingular and total != self.states):
            raise WrongIndex(f"the periods add up to {total}, and there are {self.states} states")

    def _check_order(self):
        """Every distinguished state on a cycle is in the order once, by increasing position."""
        order, counts = self.order, self._counts()
        if len(order) and int(order.max()) >= self.marks:
            raise WrongIndex(f"the order has {order.max()}, no distinguished state")
        on_cycles = self.marks if self.nonsingular else int(np.count_nonzero(self.distances == 0))
        if len(order) != on_cycles or len(np.unique(order)) != on_cycles:
            raise WrongIndex("the order does not have each distinguished state on a cycle once")
        if not self.nonsingular and self.distances[order].any():
            raise WrongIndex("the order has a transient state")
        row, position = np.repeat(np.arange(len(self.rows)), counts), self.positions[order]
        if (self.cycle_of[order] != row).any() or int(self.cycle_of.max()) >= len(self.rows):
            raise WrongIndex("the number of the cycle of a distinguished state is wrong")
        first = self.rows["first"][counts > 0].astype(np.int64)
        if (order[first] != self.rows["representative"][counts > 0]).any() or position[first].any():
            raise WrongIndex("the distinguished states of a cycle do not begin with its representative")
        if (position >= self.rows["period"][row]).any() or ((np.diff(row) == 0) & (position[1:] <= position[:-1])).any():
            raise WrongIndex("the positions of the distinguished states of a cycle do not increase below its period")

    def _walk_segments(self, chosen):
        mark = self.order[chosen].astype(np.uint64)
        row = np.searchsorted(self.rows["first"], chosen, side="right") - 1
        end = np.append(self.rows["first"][1:], np.uint64(len(self.order)))[row]
        period, first = self.rows["period"][row], self.rows["first"][row]
        last = chosen.astype(np.uint64) + np.uint64(1) == end
        following = self.order[np.where(last, first, chosen.astype(np.uint64) + np.uint64(1)).astype(np.int64)]
        until = np.where(last, period, self.positions[following])
        length = until - self.positions[mark.astype(np.int64)]
        reached, steps = self.walk(mark)
        wrong = np.flatnonzero((reached != following) | (steps != length))
        if len(wrong):
            i = wrong[0]
            raise WrongIndex(
                f"distinguished state {mark[i]}: the next one is {reached[i]} after {steps[i]} steps, "
                f"and the index says {following[i]} after {length[i]}"
            )

    def _walk_unmarked(self, rows):
        """Cycles without a distinguished state: back at the representative after the period, nowhere below it."""
        start, period = self.rows["representative"][rows], self.rows["period"][rows]
        moving, steps = start.copy(), np.zeros(len(rows), dtype=np.uint64)
        active = np.arange(len(rows))
        while len(active):
            moving[active] = self.step(moving[active])
            steps[active] += np.uint64(1)
            active = active[(moving[active] > start[active]) & (steps[active] < period[active])]
        wrong = np.flatnonzero((moving != start) | (steps != period))
        if len(wrong):
            i = wrong[0]
            raise WrongIndex(
                f"cycle {rows[i]}: the walk from {start[i]} does not return after {period[i]} steps, or meets a "
                "smaller state"
            )


def _products(feedback):
    """Of a sum over GF(2): the cells of each product, and those that are 1 where it is 1."""
    for term in re.split(r"\+(?![^(]*\))", feedback.replace(" ", "")):
        yield _product(term)


def _product(term):
    cells = ones = 0
    for factor in term.split("*"):
        complement = re.fullmatch(r"\(1\+x(\d+)\)", factor)
        cell = complement or re.fullmatch(r"x(\d+)", factor)
        if cell:
            cells |= 1 << int(cell[1])
            ones |= 0 if complement else 1 << int(cell[1])
        elif factor == "0":
            cells, ones = 0, 1  # never equal
        elif factor != "1":
            raise ValueError(f"'{factor}' is no factor of a product over GF(2)")
    return cells, ones
