"""Refusing numbers outside what a method allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import OutOfRange

__all__ = ["refuse"]


def refuse(bad: NDArray[np.bool_], message: str, argument: str, values: NDArray[np.float64]) -> None:
    """Raise OutOfRange for all rows where `bad`, showing the first one's value."""
    rows = np.flatnonzero(bad)
    if rows.size:
        raise OutOfRange(message, argument=argument, rows=rows.tolist(), value=float(values[rows[0]]))
