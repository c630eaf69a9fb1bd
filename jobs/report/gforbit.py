"""Read result files of gforbit as pandas tables.

>>> import gforbit
>>> r = gforbit.open("gforbit-cycles.h5")          # doctest: +SKIP
>>> r.registers[["id", "status", "n_cycles"]]      # doctest: +SKIP
>>> r.cycles.groupby("register")["period"].max()   # doctest: +SKIP

Every table of the file is there under its own name: `r.registers`, `r.cycles`, `r.candidates`, `r.terms`. A name that
both halves of the file have is that of ``/results``; `r.runtime.registers` is the other one. What tables and columns
mean is told by docs/file-format.md and by the file: ``r.registers.attrs``.

Needed: h5py, numpy and pandas (Debian: python3-h5py, python3-pandas).
"""

from __future__ import annotations

import builtins
import html
import os
import re

import h5py
import numpy as np
import pandas as pd
from gforbit_index import Index, NotAnIndex, WrongIndex

__all__ = ["Index", "NotAnIndex", "WrongIndex", "KNOWN_MAJOR", "LongInteger", "NotAResult", "ResultFile", "Section", "UnknownVersion", "open"]

KNOWN_MAJOR = 1
"""Major version of the schema that this module reads, with any minor version."""


class NotAResult(ValueError):
    """The file is no result of gforbit."""


class UnknownVersion(ValueError):
    """The file has a layout of a later major version."""


def open(path):  # pylint: disable=redefined-builtin
    """Open a result file.

    A file that a run still writes (``--snapshot-interval``) can be read at any time: snapshots replace each other as
    whole files, and an open `ResultFile` stays with the one it has opened until `ResultFile.refresh`.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    ResultFile
        Also a context manager.

    Raises
    ------
    FileNotFoundError, IsADirectoryError, PermissionError
        There is no such file, or it may not be read.
    NotAResult
        It is empty, truncated, locked, damaged, no HDF5 file, or none of gforbit; the message says which, and what to
        do.
    UnknownVersion
        Its layout is newer than this module.
    """
    return ResultFile(path)


class Section:
    """A group of a result file: attributes in `attrs`, tables as attributes of this object.

    Attributes
    ----------
    path : str
        Without a leading slash, such as ``"runtime/scheduler"``.
    attrs : dict
        Attributes of the group as Python values.
    """

    def __init__(self, owner, path):
        self._owner = owner
        self.path = path

    @property
    def attrs(self):
        group = self._owner.h5.get(self.path)
        return {} if group is None else _attributes(group)

    def _names(self):
        group = self._owner.h5.get(self.path)
        return list(group) if isinstance(group, h5py.Group) else []

    def __getattr__(self, name):
        if not name.startswith("_") and name in self._names():
            return self._owner[f"{self.path}/{name}"]
        raise AttributeError(f"'{self._owner.path}' has no {self.path}/{name}; it has: {', '.join(self._names())}")

    def __dir__(self):
        return sorted({*super().__dir__(), *self._names()})

    def __repr__(self):
        return f"<{self.path} of {self._owner.path}: {', '.join(self._names())}>"


class ResultFile:
    """A result file of gforbit, read lazily: a table is read when it is asked for the first time, and then kept.

    Attributes
    ----------
    path : str
    h5 : h5py.File
        The open file, for what this class does not offer.
    attrs : dict
        Root attributes: ``job``, ``complete``, ``exit_status``, ``results_sha256``, ...
    job : str
        ``cycles``, ``scoring`` or ``stream``.
    complete : bool
        False: a snapshot of a run that goes on, or was stopped.
    config : str
        The effective configuration of the run.
    results, runtime : Section
        The two halves of the file.

    Notes
    -----
    Columns become

    ================================ =========================================================
    categories (``flag_meanings``)   `pandas.Categorical` with all meanings of the file
    ``*_decimal`` of fixed width     Python integers of any size; None where the text is empty
    uint8                            bool
    texts                            str
    all others                       their numpy type
    ================================ =========================================================

    A count ``x`` that may exceed 64 bits has a twin ``x_decimal``, always exact; ``x`` itself is 0 where it does not
    fit. The row number is the index. ``DataFrame.attrs`` holds ``title``, ``long_name`` and ``units`` (both by column).
    """

    def __init__(self, path):
        self.path = os.fspath(path)
        self.h5 = None
        self._tables = {}
        self._open()

    # ---- the file ------------------------------------------------------------------------------------------

    def _open(self):
        _check_kind(self.path)
        _check_head(self.path)
        try:
            file = _open_hdf5(self.path)
        except OSError as error:
            raise NotAResult(f"'{self.path}' {_meaning(str(error))}") from error
        try:
            _check_version(self.path, file)
        except ValueError:
            file.close()
            raise
        self.close()
        self.h5 = file
        self._identity = _identity(self.path)

    def close(self):
        """Close the file. Tables that were read stay usable."""
        if self.h5 is not None:
            self.h5.close()
        self._tables = {}

    def refresh(self):
        """Look for a newer snapshot and go over to it.

        Returns
        -------
        bool
            Whether there was one. Tables are then read anew when they are asked for.
        """
        if _identity(self.path) == self._identity:
            return False
        self._open()
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- what it says of itself ----------------------------------------------------------------------------

    @property
    def attrs(self):
        return _attributes(self.h5)

    @property
    def job(self):
        return self.attrs["job"]

    @property
    def complete(self):
        return bool(self.h5.attrs["complete"])

    @property
    def config(self):
        text = self.h5["runtime/config"][()] if "runtime/config" in self.h5 else ""
        return _value(text)

    @property
    def results(self):
        return Section(self, "results")

    @property
    def runtime(self):
        return Section(self, "runtime")

    # ---- tables --------------------------------------------------------------------------------------------

    @property
    def tables(self):
        """list of str: paths of all tables, such as ``results/cycles``."""
        found = []
        self.h5.visititems(lambda name, item: found.append(name) if _is_table(item) else None)
        return found

    def table(self, path, rows=slice(None), nullable=False, columns=None):
        """Read a table, or some of its rows and columns.

        Parameters
        ----------
        path : str
            Such as ``"results/cycles"``; ``"cycles"`` is short for it, ``"ranks"`` for ``"runtime/ranks"``.
        rows : slice, optional
            Read only these; ``r.table("cycles", slice(0, 1000))`` reads the beginning of a table of any length.
        nullable : bool, optional
            Use pandas' nullable types, and NA where the file has the fill value of a column: -1 where it says so, a
            count that is not known or does not fit 64 bits. Decimal columns are integers where all fit 64 bits, else
            texts. Such a frame goes to Parquet or SQL as it is.
        columns : list of str, optional
            Read only these, in this order.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        KeyError
            There is no such table or column.
        """
        group = self._group(path)
        names = _texts(group.attrs["column-order"])
        if columns is not None:
            missing = [name for name in columns if name not in names]
            if missing:
                raise KeyError(f"table '{path}' has no column '{missing[0]}'; its columns are: {', '.join(names)}")
            names = list(columns)
        column = _nullable_column if nullable else _column
        values = {name: column(name, group, rows) for name in names}
        frame = pd.DataFrame(values, index=pd.RangeIndex(len(group["row"]), name="row")[rows])
        frame.attrs = {
            "title": _value(group.attrs.get("title", "")),
            "long_name": {name: _value(group[name].attrs.get("long_name", "")) for name in names},
            "units": {name: _value(group[name].attrs.get("units", "")) for name in names},
        }
        return frame

    def blocks(self, path, n_rows=1_000_000, nullable=False):
        """Read a table of any length, a range of rows after the other.

        Parameters
        ----------
        path, nullable
            As for `table`.
        n_rows : int, optional
            Rows of a block.

        Yields
        ------
        pandas.DataFrame
            Its index goes on from block to block. A table without rows gives one empty block.
        """
        total = len(self._group(path)["row"])
        for first in range(0, max(total, 1), n_rows):
            yield self.table(path, slice(first, min(first + n_rows, total)), nullable)

    def _group(self, path):
        group = next((g for g in map(self.h5.get, (path, f"results/{path}", f"runtime/{path}")) if _is_table(g)), None)
        if group is None:
            raise KeyError(f"'{self.path}' has no table '{path}'; its tables are: {', '.join(self.tables)}")
        return group

    def __getitem__(self, path):
        if path not in self._tables:
            item = self.h5.get(path)
            if isinstance(item, h5py.Group) and not _is_table(item):
                return Section(self, path)
            self._tables[path] = self.table(path)
        return self._tables[path]

    def __getattr__(self, name):
        if not name.startswith("_") and name != "h5" and self.h5:
            for half in ("results", "runtime"):
                if _is_table(self.h5.get(f"{half}/{name}")):
                    return self[f"{half}/{name}"]
        raise AttributeError(f"'{self.path}' has no table '{name}'; its tables are: {', '.join(self.tables)}")

    def __dir__(self):
        return sorted({*super().__dir__(), *(path.rpartition("/")[2] for path in self.tables)})

    def _repr_html_(self):
        """What a notebook shows: the state of the file, and its tables."""
        state = "complete" if self.complete else "<strong>incomplete</strong>"
        rows = "".join(
            f"<tr><td><code>{html.escape(path)}</code></td><td>{len(self.h5[path]['row'])}</td>"
            f"<td>{html.escape(_value(self.h5[path].attrs.get('title', '')))}</td></tr>"
            for path in self.tables
        )
        return (
            f"<p>gforbit {html.escape(self.job)} result <code>{html.escape(self.path)}</code>, {state}</p>"
            f"<table><thead><tr><th>table</th><th>rows</th><th>title</th></tr></thead><tbody>{rows}</tbody></table>"
        )

    def __repr__(self):
        state = "complete" if self.complete else "INCOMPLETE"
        return f"<gforbit {self.job} result '{self.path}', {state}: {', '.join(self.tables)}>"


# ---- one value, one column ---------------------------------------------------------------------------------


_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_COPY_AGAIN = "copy it again from where it was written"
_FORMATS = {
    b"gforbit journal\n": (
        "is a checkpoint of gforbit, not a result file: --resume with its --output continues that run"
    ),
    b"\x1f\x8b": "is compressed by gzip: unpack it first (gunzip)",
    b"\x28\xb5\x2f\xfd": "is compressed by zstd: unpack it first (unzstd)",
    b"\xfd7zXZ": "is compressed by xz: unpack it first (unxz)",
    b"BZh": "is compressed by bzip2: unpack it first (bunzip2)",
    b"PK\x03\x04": "is a zip archive: unpack it first (unzip)",
    b"version https://git-lfs": "is a pointer of Git LFS, not the file itself: git lfs pull",
}


def _check_kind(path):
    """Raise what the system has against reading the file, in words that say what to do."""
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no file '{path}': check its name and folder")
    if os.path.isdir(path):
        raise IsADirectoryError(f"'{path}' is a folder, not a result file: name a file in it")
    if not os.path.isfile(path):
        raise NotAResult(f"'{path}' is not a regular file: HDF5 reads files on a disk only, so copy it to one")


def _check_head(path):
    """Raise what the first bytes say of a file that is no HDF5 file."""
    try:
        with builtins.open(path, "rb") as file:
            head = file.read(4096)
    except PermissionError as error:
        raise PermissionError(
            f"'{path}' cannot be read: {error.strerror}. Its owner can allow it: chmod a+r"
        ) from error
    if not head:
        raise NotAResult(f"'{path}' is empty, so its copy or download failed or its disk was full: {_COPY_AGAIN}")
    if len(head) < 96 and _SIGNATURE.startswith(head[:8]):
        raise NotAResult(f"'{path}' is truncated: it has only {len(head)} bytes. Please {_COPY_AGAIN}")
    for begin, text in _FORMATS.items():
        if head.startswith(begin):
            raise NotAResult(f"'{path}' {text}")
    if not any(head[at : at + 8] == _SIGNATURE for at in (0, 512, 1024, 2048)):
        raise NotAResult(
            f"'{path}' is not an HDF5 file, so no result of gforbit: name the file that a run wrote as --output"
        )


_HELD = re.compile(r"Resource temporarily unavailable|errno = 11\b")


def _open_hdf5(path):
    """The file open for reading, without a lock where the file system has none (NFS, Lustre, DVS).

    gforbit replaces files as a whole, so a lock protects only from other programs.
    """
    try:
        return h5py.File(path, "r")
    except OSError as error:
        if "unable to lock file" not in str(error) or _HELD.search(str(error)):
            raise
        try:
            return h5py.File(path, "r", locking=False)
        except (TypeError, ValueError):  # an h5py or an HDF5 that cannot do without
            raise error from None


def _meaning(reason):
    """What HDF5's reason not to open a file means."""
    truncated = re.search(r"eof = (\d+).*stored_eof = (\d+)", reason)
    if truncated:
        return f"is truncated: it has {truncated[1]} of {truncated[2]} bytes. Please {_COPY_AGAIN}"
    if "lock file" in reason and not _HELD.search(reason):
        return (
            "cannot be opened: HDF5 wants a lock, and the file system refuses it: set HDF5_USE_FILE_LOCKING=FALSE before "
            "Python starts"
        )
    if _HELD.search(reason):
        return (
            "is locked by another program that has it open for writing: close it there, or set "
            "HDF5_USE_FILE_LOCKING=FALSE before Python starts"
        )
    if "already open for write" in reason or "consistency flag" in reason:
        return "was left open by a program that ended while it changed the file: 'h5clear -s' marks it as closed"
    if "superblock version" in reason:
        return "has an HDF5 format that is newer than the HDF5 library of this h5py: use a newer h5py"
    return f"is damaged ({reason}): {_COPY_AGAIN}"


def _check_version(path, file):
    if _value(file.attrs.get("schema", "")) != "gforbit":
        raise NotAResult(
            f"'{path}' is an HDF5 file, but no result of gforbit (its attribute 'schema' is missing or another)"
        )
    major, minor = (int(n) for n in file.attrs["schema_version"])
    if major > KNOWN_MAJOR:
        producer = _value(file.attrs.get("producer_version", "unknown"))
        raise UnknownVersion(
            f"'{path}' has the layout {major}.{minor}, and this gforbit.py reads {KNOWN_MAJOR}.x: use the gforbit.py "
            f"that came with the program that wrote it (gforbit {producer})"
        )


def _identity(path):
    """Which file a path names now: snapshots replace each other under one name."""
    status = os.stat(path)
    return status.st_dev, status.st_ino, status.st_mtime_ns


def _is_table(item):
    return isinstance(item, h5py.Group) and _value(item.attrs.get("encoding-type", "")) == "table"


def _value(value):
    """An attribute as a plain Python value."""
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.ndarray):
        return [_value(v) for v in value.tolist()]
    return value.item() if isinstance(value, np.generic) else value


def _attributes(item):
    return {name: _value(value) for name, value in item.attrs.items()}


def _texts(values):
    return [_value(v) for v in values]


class LongInteger(int):
    """An integer of more digits than Python turns into text by default (4300): it brings its text along."""

    def __new__(cls, text):
        value = super().__new__(cls, _integer(text))
        value._text = text
        return value

    def __str__(self):
        return self._text

    __repr__ = __str__

    def __format__(self, spec):
        return format(self._text, spec) if spec in ("", "d") else super().__format__(spec)

    def __reduce__(self):
        return LongInteger, (self._text,)


_MOST_DIGITS = 4000
"""Python converts texts up to 4300 digits, whatever limit is set."""


def _integer(text):
    """The value of decimal digits, without changing the limit that all threads share."""
    if len(text) <= _MOST_DIGITS:
        return int(text)
    low = len(text) // 2
    return _integer(text[:-low]) * 10**low + _integer(text[-low:])


def _decimal(text):
    if not text:
        return None
    return int(text) if len(text) <= _MOST_DIGITS else LongInteger(text)


def _is_decimal(name, dataset):
    """Exact numbers have a fixed width; a text column of a user may have any name."""
    return name.endswith("_decimal") and dataset.dtype.kind == "S"


def _column(name, group, rows):
    dataset = group[name]
    if "flag_meanings" in dataset.attrs:
        return _categories(dataset, rows)
    if h5py.check_string_dtype(dataset.dtype) is None and dataset.dtype.kind != "S":
        values = dataset[rows]
        return values.astype(bool) if values.dtype == np.uint8 else values
    texts = [v.decode() for v in dataset[rows].tolist()]
    if _is_decimal(name, dataset):
        texts = [_decimal(v) for v in texts]
    return pd.Series(texts, dtype=object).to_numpy()


def _nullable_column(name, group, rows):
    dataset = group[name]
    values = _column(name, group, rows)
    if isinstance(values, pd.Categorical):
        return values
    if values.dtype == object:
        return _nullable_decimals(values) if _is_decimal(name, dataset) else pd.array(values, dtype="string")
    result = pd.array(values)
    unknown = np.zeros(len(values), dtype=bool)
    if "(-1:" in _value(dataset.attrs.get("long_name", "")):
        unknown = values == -1
    if f"{name}_decimal" in group:
        unknown = np.array([d is None or d != v for d, v in zip(_column(f"{name}_decimal", group, rows), values)], bool)
    if unknown.any():
        result[unknown] = pd.NA
    return result


def _nullable_decimals(values):
    known = [v for v in values if v is not None]
    if all(v < 2**64 for v in known):
        return pd.array([pd.NA if v is None else v for v in values], dtype="UInt64")
    return pd.array([pd.NA if v is None else str(v) for v in values], dtype="string")


def _categories(dataset, rows):
    meanings = _value(dataset.attrs["flag_meanings"]).split()
    codes = np.full(256, -1, dtype=np.int8)
    for i, value in enumerate(_value(dataset.attrs["flag_values"])):
        codes[value % 256] = i
    return pd.Categorical.from_codes(codes[dataset[rows].astype(np.uint8)], categories=meanings)
