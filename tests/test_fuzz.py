"""Whatever stands in cells: a result without NaN, or an error that we declare; never a crash, never a hang."""

from __future__ import annotations

import copy
import json
import math
import signal
from collections import Counter
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torture import LONG, figure, times

from cvm_xl import functions
from cvm_xl.cells import ExcelError
from cvm_xl.describe import to_json
from cvm_xl.errors import CvmError

ALL = functions.load()
SECONDS = 60

NUMBERS = st.one_of(
    st.sampled_from([0, -0.0, 1, -1, 0.5, 1e-300, 1e300, -1e300, 1e15, 2**53, 1e-9, 2958465, 44927, 100, 3.7]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-5, 5000),
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "A", "bgnbd", "2024-02-30", "2024-01-15", "01/02/2011", "1,5", "=1+1", "#N/A", "\x00", "é"]
    ),
    st.text(max_size=8),
    st.just("x" * 32_767),
)
CELLS = st.one_of(NUMBERS, TEXTS, st.none(), st.booleans(), st.sampled_from(["#N/A", "#DIV/0!", "#VALUE!"]))


def _grid(value):
    """An argument as rows of cells, and whether it was a single one."""
    if not isinstance(value, list):
        return [[value]], True
    return [row if isinstance(row, list) else [row] for row in value], False


@st.composite
def arguments(draw, function):
    """The example's arguments with something done to one or more of them."""
    given = dict(zip((a.name for a in function.args), function.example.args, strict=False)) | function.example.named
    values = copy.deepcopy(given)
    for name in draw(st.lists(st.sampled_from([a.name for a in function.args]), min_size=1, max_size=3)):
        rows, single = _grid(values.get(name))
        change = draw(
            st.sampled_from(["cells", "cells", "cells", "rows", "fewer", "scalar", "missing", "empty", "turned"])
        )
        if change == "cells":
            for _ in range(draw(st.integers(1, 4))):
                row = draw(st.sampled_from(rows)) if rows else []
                if row:
                    row[draw(st.integers(0, len(row) - 1))] = draw(CELLS)
        elif change == "rows":
            rows = rows + rows[: draw(st.integers(1, 3))]
        elif change == "fewer":
            rows = rows[: draw(st.integers(0, max(len(rows) - 1, 0)))]
        elif change == "turned":
            rows = [list(row) for row in zip(*rows, strict=False)]
        if change == "missing":
            values.pop(name, None)
        elif change == "empty":
            values[name] = [[None for _ in row] for row in rows]
        elif change == "scalar":
            values[name] = draw(CELLS)
        else:
            values[name] = rows[0][0] if single and len(rows) == 1 and len(rows[0]) == 1 else rows
    return values


@contextmanager
def in_time():
    """A call that hangs fails, with where it hung."""

    def late(*_):
        raise TimeoutError(f"no answer within {SECONDS} seconds of the processor")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of the processor: a machine may be busy, or stop for a while
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def sound(cell):
    return not (isinstance(cell, (float, np.floating)) and not math.isfinite(cell))


@pytest.fixture(params=ALL.values(), ids=list(ALL))
def function(request):
    return request.param


@pytest.fixture(scope="module")
def counted():
    """What came of all calls; printed by the long form."""
    found = Counter()
    yield found
    figure(f"functions: {found.total():,} calls in this process: {dict(found)}")


def came_of(function, values):
    """What comes of a call: "answered", "refused", or "an error in some cell"; nothing else may."""
    with in_time():
        try:
            answer = function.cells(**values).value
        except CvmError as refusal:
            said = str(refusal), refusal.code
        else:
            said = None
    if said:
        assert said[0]
        assert said[1].startswith("#")
        return "refused"
    cells = [cell for row in answer for cell in row] if isinstance(answer, list) else [answer]
    assert all(map(sound, cells)), answer
    json.dumps(to_json(answer), allow_nan=False)
    return "an error in some cell" if any(isinstance(c, ExcelError) for c in cells) else "answered"


def test_a_function_answers_or_says_why_not(function, counted):
    @settings(
        max_examples=times(8, 1000),
        deadline=None,
        database=None,
        derandomize=not LONG,
        suppress_health_check=list(HealthCheck),
    )
    @given(arguments(function))
    def fuzzed(values):
        counted[came_of(function, values)] += 1

    fuzzed()


FOUND = [
    ("CVM_EVC_RANGE", {"seed": -1}, "refused"),
    ("CVM_CHOICE_SHARE", {"model": [["model", "conjoint"], ["size", 1], ["se_size", 0.1], ["se_price", 0]]}, "refused"),
    ("CVM_PROPENSITY", {"model": [["model", "response_score"], ["intercept", 0], ["kind=pro", 1], ["se_kind=pro", 1],
                                  ["base_kind", ""]]}, "refused"),
    ("CVM_MARKOV_CLV", {"horizon": 1e300}, "answered"),
    ("CVM_GAMMA_GAMMA", {"monetary": [[1e300], *([x] for x in range(60, 69))]}, "refused"),
    ("CVM_RESPONSE_FIT", {"response": [[1e300], *([x] for x in range(30, 36))]}, "refused"),
    ("CVM_SATISFACTION_FIT", {"reference": 1e15}, "refused"),
    ("CVM_SATISFACTION_SPEND", {"discount": 1e300}, "refused"),
    ("CVM_SATISFACTION_SPEND", {"margin": 1e300, "rate": 2e8}, "refused"),
    ("CVM_WHALE_STATS", {"profit": [[1e307]] * 10}, "refused"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changed", "wanted"), FOUND)
def test_what_once_failed_is_refused_or_answered(name, changed, wanted):
    """Calls that ended in an error of Python's; the example of the function, changed."""
    function = ALL[name]
    given = dict(zip((a.name for a in function.args), function.example.args, strict=False)) | function.example.named
    assert came_of(function, given | changed) == wanted
