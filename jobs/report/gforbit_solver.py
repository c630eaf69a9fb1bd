"""Python functions as a solver program of `gforbit scoring`, without a protocol loop.

    import gforbit_solver
    gforbit_solver.serve(solve)                          # one function: its outputs are those of the solver
    gforbit_solver.serve_module("solvers.py:solve_*")    # many: each is a candidate of its own
    gforbit_solver.serve_module("solvers.py:solve_{task}")   # one for each task, found by its id

In the file of solvers `{"id": "mine", "python": "solvers.py:solve_*"}` does the latter. One file, no dependency.

A function gets the input grid, and as a second argument, if it takes one, the list of demos: pairs of input and
output. It returns a grid, a list of grids (its attempts), or None. Grids are tuples of tuples; where the file of the
functions imports numpy they are arrays. What it prints goes to standard error. An exception costs only the output of
its function; with a single function the reply is an error.
"""
import ast
import fnmatch
import importlib.util
import inspect
import json
import os
import sys
import traceback

__all__ = ["serve", "serve_module"]


def _as_given(grid, arrays):
    if arrays:
        return sys.modules["numpy"].array(grid)
    return tuple(tuple(row) for row in grid)


def _plain(value):
    """Arrays and tuples as lists, whole numbers of any kind as int."""
    if value is None:
        return None
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    number = int(value)
    if number != value:
        raise ValueError(f"a cell is {value}, which is no integer")
    return number


def _is_grid(plain):
    """A list of rows, whatever these hold."""
    return not any(isinstance(row, list) and row and isinstance(row[0], list) for row in plain)


def _attempts(value):
    """The grids of a result: it is one, or a list of them."""
    if value is None:
        return []
    plain = _plain(value)
    return [plain] if not isinstance(plain, list) or _is_grid(plain) else plain


def _takes_demos(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters) >= 2


def _outputs(functions, named, request, arrays):
    """The outputs of all functions, and the last exception."""
    grid = _as_given(request["input"], arrays)
    demos = [(_as_given(d["input"], arrays), _as_given(d["output"], arrays)) for d in request["demo"]]
    outputs, error = [], None
    for name, function in functions.items():
        try:
            result = _attempts(function(grid, demos) if _takes_demos(function) else function(grid))
        except Exception as exception:  # noqa: BLE001 - whatever a solver does wrong costs only its output
            traceback.print_exc()
            error = f"{name}: {type(exception).__name__}: {exception}"
            continue
        outputs += [{"candidate": name, "output": grid} if named else grid for grid in result]
    return outputs, error


def _reply(functions, named, request, arrays):
    outputs, error = _outputs(functions, named, request, arrays)
    if not outputs and error:
        return {"id": request["id"], "error": error}
    return {"id": request["id"], "outputs": outputs}


class _ByTask:
    """The function of a module whose name has the id of the task in it."""

    def __init__(self, module, pattern):
        self._module, self._pattern = module, pattern

    def functions(self, request):
        name = self._pattern.replace("{task}", request["task"])
        function = getattr(self._module, name, None)
        return {name: function} if callable(function) else {}


class _Fixed:
    """The same functions for every task."""

    def __init__(self, functions):
        self._functions = functions

    def functions(self, request):
        return self._functions


def _forked(answer):
    """Runs `answer` in a child, so that nothing it does to the process stays."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            answer()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit(1)


def take_output():
    """Standard output for replies alone: what solvers print, also while they are imported, is none."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return replies


def load(place):
    """The module of a file, or of that name."""
    if not place.endswith(".py"):
        return importlib.import_module(place)
    sys.path.insert(0, os.path.dirname(os.path.abspath(place)))
    spec = importlib.util.spec_from_file_location(os.path.basename(place)[:-3], place)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _serve(replies, source, named, arrays, isolate):
    def say(message):
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    say({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)

        def answer(request=request):
            say(_reply(source.functions(request), named, request, arrays))

        _forked(answer) if isolate else answer()


# What defines names that only running a module tells.
_DYNAMIC = {"exec", "eval", "globals", "locals", "vars", "setattr"}


def _statements(body):
    """The nodes of a module that are in no function and no class, these included."""
    for node in body:
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _statements(ast.iter_child_nodes(node))


def _defined(tree):
    """The names that a module defines, or None where only running it tells."""
    for node in ast.walk(tree):
        star = isinstance(node, ast.alias) and node.name == "*"
        if star or isinstance(node, ast.Global) or getattr(node, "id", None) in _DYNAMIC:
            return None
    names = set()
    for node in _statements(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def names_in(place):
    """The names that the file defines, and what is wrong with it; without running it."""
    if not os.path.isfile(place):
        return None, f"there is no file '{place}'"
    try:
        with open(place, "rb") as file:
            return _defined(ast.parse(file.read(), place)), None
    except SyntaxError as error:
        return None, f"'{place}', line {error.lineno}: {error.msg}"
    except (OSError, ValueError) as error:
        return None, f"'{place}': {error}"


def _check(all_functions):
    """For each "FILE.py:NAME" what is wrong with it, or None; what only running a file tells is not looked at."""
    files, faults = {}, []
    for functions in all_functions:
        place, _, pattern = functions.rpartition(":")
        if not place.endswith(".py"):
            faults.append(None)
            continue
        if place not in files:
            files[place] = names_in(place)
        names, fault = files[place]
        if fault is None and names is not None and not fnmatch.filter(names, pattern.replace("{task}", "*")):
            fault = f"'{place}' has no function '{pattern}'"
        faults.append(fault)
    return faults


def serve(function, isolate=False):
    """Answers requests with `function` until standard input ends.

    isolate: each call in a forked child, so that calls do not see what others left.
    """
    _serve(take_output(), _Fixed({function.__name__: function}), False, "numpy" in sys.modules, isolate)


def serve_module(functions, isolate=False):
    """Answers with functions of a file: "FILE.py:NAME", "FILE.py:PREFIX*", or "MODULE:...".

    "{task}" in the name stands for the id of the task; a task without such a function gets no output.
    """
    place, _, pattern = functions.rpartition(":")
    if not place or not pattern:
        raise SystemExit(f"gforbit_solver: '{functions}': expected FILE.py:NAME or FILE.py:PREFIX*")
    replies = take_output()
    module = load(place)
    arrays = "numpy" in sys.modules
    if "{task}" in pattern:
        return _serve(replies, _ByTask(module, pattern), False, arrays, isolate)
    found = {
        name: value
        for name, value in vars(module).items()
        if fnmatch.fnmatchcase(name, pattern) and callable(value)
    }
    if not found:
        raise SystemExit(f"gforbit_solver: '{place}' has no function '{pattern}'")
    _serve(replies, _Fixed(found), "*" in pattern, arrays, isolate)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python3 -m gforbit_solver FILE.py:NAME|FILE.py:PREFIX*|FILE.py:PREFIX_{task}")
    if sys.argv[1] == "--check":
        print(json.dumps(_check(json.loads(sys.stdin.readline()))))
    else:
        serve_module(sys.argv[1])
