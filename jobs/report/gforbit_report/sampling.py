"""Tables of any length: read as a whole, or a sample of evenly spaced blocks of which the caption tells."""

import numpy as np
import pandas as pd

from . import style

MAX_ROWS = 300_000
BLOCKS = 60


def read(result, path, columns, max_rows=MAX_ROWS):
    """Some columns of a table.

    Parameters
    ----------
    result : gforbit.ResultFile
    path : str
    columns : list of str
    max_rows : int

    Returns
    -------
    frame : pandas.DataFrame
        All rows, or about `max_rows` of them in blocks from all over the table.
    said : str
        A sentence about the sample for a caption, with a blank before it; empty if there is none.
    """
    total = len(result.h5[path]["row"])
    if total <= max_rows:
        return result.table(path, columns=columns), ""
    size = max_rows // BLOCKS
    starts = np.linspace(0, total - size, BLOCKS).astype(int)
    parts = [result.table(path, slice(int(s), int(s) + size), columns=columns) for s in starts]
    frame = pd.concat(parts)
    return (
        frame,
        f" A sample: {style.number(len(frame))} of {style.number(total)} rows, in {BLOCKS} evenly spaced blocks.",
    )
