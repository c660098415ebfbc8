"""What a user of xlwings writes: functions in a module that imports pandas."""

from __future__ import annotations

import pandas as pd  # noqa: F401  the start that is measured
import xlwings as xw


@xw.func
def plus(a, b):
    """The sum of two cells."""
    return a + b


@xw.func
@xw.arg("column", ndim=2)
def same(column):
    """The cells as they came."""
    return column
