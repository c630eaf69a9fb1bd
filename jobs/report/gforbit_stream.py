"""Python functions as terms of `gforbit stream`: the process behind python("FILE.py:NAME").

It is started by gforbit and is not called by hand. Each line of standard input is a batch of items by columns, each
line of standard output what came of them. One file, no dependency but gforbit_solver beside it.
"""
import functools
import inspect
import json
import math
import operator
import os
import signal
import sys
import traceback

import gforbit_solver

__all__ = []

_BOUNDS = {"int64": (-(2**63), 2**63 - 1), "uint64": (0, 2**64 - 1)}


def _integer(value, kind):
    number = operator.index(value)
    low, high = _BOUNDS[kind]
    if not low <= number <= high:
        raise OverflowError(f"{number} does not fit {kind}")
    return number


def _real(value):
    if isinstance(value, str):
        raise TypeError
    number = float(value)
    return number if math.isfinite(number) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(number)


class _BadText(Exception):
    """A text that no column can have."""


def _text(value):
    if not isinstance(value, str):
        raise TypeError
    if "\0" in value:
        raise _BadText("is a text with a zero byte")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _BadText("is a text with half a surrogate pair, which is no character") from None
    return str(value)


def _converter(name, kind):
    convert = {"float64": _real, "text": _text}.get(kind) or functools.partial(_integer, kind=kind)

    def checked(value):
        if value is None:
            return None
        try:
            return convert(value)
        except (TypeError, ValueError):
            raise TypeError(f"'{name}' is {value!r}, and no {kind}") from None
        except _BadText as error:
            raise ValueError(f"'{name}' {error}") from None

    return checked


class _Term:
    """A function with the columns that it makes."""

    def __init__(self, function, columns):
        self._function = function
        self._columns = {name: _converter(name, kind) for name, kind in columns}

    def _cells(self, made, item):
        """The values of an item that comes out."""
        if not isinstance(made, dict):
            if len(self._columns) != 1:
                raise TypeError(
                    f"an item must be a dict, and no {type(made).__name__}"
                    + ("" if self._columns else ": columns=(y=float64) says which column it is")
                )
            made = {next(iter(self._columns)): made}
        for name, value in made.items():
            if name in self._columns:
                continue
            if name not in item:
                raise KeyError(f"there is no column '{name}': columns=(`{name}`=float64) makes it")
            if value is not item[name] and value != item[name]:
                raise ValueError(f"the column '{name}' has changed: columns=(`{name}`=float64) says its type")
        return [convert(made.get(name)) for name, convert in self._columns.items()]

    def _items(self, result):
        """What came back, as items: none, one or many."""
        if isinstance(result, bool) and not self._columns:
            return [{}] if result else []
        if result is None:
            return []
        if isinstance(result, (dict, str, bytes)) or not hasattr(result, "__iter__"):
            return [result]
        return result

    def answer(self, request):
        names = list(request["columns"])
        rows, made, errors = [], [], []
        for row, cells in enumerate(zip(*request["columns"].values())):
            item = dict(zip(names, cells))
            try:
                some = [self._cells(one, item) for one in self._items(self._function(dict(item)))]
            except Exception as error:  # noqa: BLE001 - whatever it does wrong costs only this item
                errors.append([row, _said(error)])
                continue
            rows += [row] * len(some)
            made += some
        columns = [list(column) for column in zip(*made)] or [[] for _ in self._columns]
        return {"id": request["id"], "rows": rows, "columns": columns, "errors": errors}


def _said(error):
    """An exception in a line, with the place in the user's file."""
    text = " ".join(f"{type(error).__name__}: {error.args[0] if isinstance(error, KeyError) else error}".split())
    text = text.replace("\0", "\\0").encode(errors="backslashreplace").decode()
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
    return f"{text} ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else text


def _function(place, name, arguments):
    found = getattr(gforbit_solver.load(place), name)
    if inspect.isclass(found):
        found = found(**arguments)
        return getattr(found, "process", found)
    return functools.partial(found, **arguments) if arguments else found


def _leave_signals_to_gforbit():
    """Batch systems send what stops a job to every process of it; gforbit ends this one when it stops."""
    me = os.getpid()

    def pass_over(number, _):
        if os.getpid() != me:  # a process that the function has forked
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, pass_over)


def _serve(place, name, columns, arguments):
    replies = gforbit_solver.take_output()
    _leave_signals_to_gforbit()

    def say(message):
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    try:
        term, fault = _Term(_function(place, name, arguments), columns), None
    except Exception as error:  # noqa: BLE001 - of the user's file
        traceback.print_exc()
        fault = _said(error)
    say({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        say({"id": request["id"], "fault": fault} if fault else term.answer(request))


def _fault(place, name):
    """What is wrong with the file, or None; what only running it tells is not looked at."""
    names, fault = gforbit_solver.names_in(place)
    if fault is None and names is not None and name not in names:
        fault = f"'{place}' has no function or class '{name}'"
    return fault


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit('gforbit starts it: gforbit stream --pipeline \'... * python("FILE.py:NAME") * ...\'')
    _place, _, _name = sys.argv[1].rpartition(":")
    if sys.argv[2] == "--check":
        print(json.dumps({"fault": _fault(_place, _name)}))
    else:
        _serve(_place, _name, **json.loads(sys.argv[2]))
