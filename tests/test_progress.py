"""Progress: which step, what is done, about what is left; on a terminal, in a log, in a status bar."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvm_xl.progress import Course, Step, plan


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


STEPS = (
    Step("open", 1),
    Step("read", 20, frozenset({"Sales", "Customers"}), 1_000),
    Step("check", 5),
    Step("write", 4),
)


def test_the_line_tells_step_rows_and_what_is_left():
    clock = Clock()
    course = Course(clock=clock)
    course("open", 0, 0)
    assert (course.text, course.share, course.left) == ("open", None, None)
    course.plan(STEPS)
    course("open", 0, 0)
    clock.now += 1
    course("Customers", 100, 100)
    course("Sales", 400, 900)
    assert course.share == pytest.approx((1 + 20 * 500 / 1000) / 30)
    assert course.text == "2 of 4: read Sales, 400 of 900, about 5 s left"
    clock.now += 10  # as the steps say: 11 of 30 seconds have passed
    assert course.left == pytest.approx(19)
    assert course.text.endswith("about 19 s left")
    course("write Tiers", 1, 2)
    assert course.text.startswith("4 of 4: write Tiers, 1 of 2")
    course("Sales", 1, 900)  # whatever comes late, the whole does not go back
    assert course.text.startswith("4 of 4: Sales")


def test_a_slow_machine_has_more_left():
    clock = Clock()
    course = Course(clock=clock)
    course.plan(STEPS)
    clock.now += 105  # five times as long as the steps before say
    course("check", 0, 0)
    assert 40 < course.left < 46
    clock.now += 1_000  # it says nothing for long: nearly through, never quite, and nobody knows when
    assert course.share < 26 / 30
    assert course.left is None
    assert course.text == "3 of 4: check"
    course("write Tiers", 1, 2)
    assert course.left > 0


def test_minutes_are_told_as_minutes():
    clock = Clock()
    course = Course(clock=clock)
    course.plan([Step("fit", 600), Step("save", 1)])
    course("fit", 1, 100)
    assert course.text == "1 of 2: fit, 1 of 100, about 9 min left"


def test_without_steps_what_is_done_is_told():
    heard: list[tuple[str, float | None]] = []
    course = Course(lambda one: heard.append((one.text, one.share)))
    course("read sales.csv", 65_536, 0)
    course("calculate", 0, 0)
    course("customers", 5, 10)
    assert heard == [("read sales.csv: 65\u00a0536", None), ("calculate", None), ("customers: 5 of 10", 0.5)]


@given(
    words=st.lists(
        st.tuples(
            st.sampled_from(["open", "Sales", "Customers", "check", "write Tiers", "write Checks", "else"]),
            st.integers(0, 2_000),
            st.integers(0, 2_000),
            st.floats(0, 100),
        ),
        max_size=12,
    )
)
def test_whatever_is_said_the_share_is_one_and_there_is_no_time_before_the_end(words):
    clock = Clock()
    course = Course(clock=clock)
    course.plan(STEPS)
    for what, done, total, seconds in words:
        course(what, min(done, total), total)
        clock.now += seconds
        assert 0 <= course.share <= 1
        assert course.left is None or course.left >= 0
        assert what in course.text


def test_a_plain_listener_hears_words_and_no_steps():
    heard = []
    plan(lambda *said: heard.append(said), STEPS)
    plan(None, STEPS)
    assert heard == []


WORK = """
    import sys, time
    from cvm_xl import console
    from cvm_xl.progress import Step
    console.QUIET, console.LASTING = 0.1, 0.3
    with console.progress() as say:
        say.plan([Step("read", 2), Step("fit", 2)])
        say("read", 500, 1000)
        time.sleep(0.35)
        say("fit", 0, 0)
        time.sleep(1.0)
    print("done")
"""


def test_a_log_gets_plain_lines_now_and_then_while_nothing_is_heard():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WORK)], capture_output=True, text=True, check=True, timeout=60
    )
    lines = done.stderr.splitlines()
    assert done.stdout == "done\n"
    assert 3 <= len(lines) <= 8
    assert all(re.fullmatch(r" +\d+ s  \d of 2: .*", line) for line in lines), lines
    assert "1 of 2: read, 500 of 1\u00a0000" in lines[0]
    assert sum("2 of 2: fit" in line for line in lines) >= 2
    assert "\x1b" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo terminal")
def test_a_terminal_gets_a_line_that_moves_and_is_gone_at_the_end():
    import pty

    parent, child = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    running = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WORK)], stderr=child, stdout=subprocess.PIPE, env=environment
    )
    os.close(child)
    seen = b""
    try:
        while piece := os.read(parent, 65_536):
            seen += piece
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(parent)
    assert running.communicate(timeout=60)[0] == b"done\n"
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    assert "1 of 2: read, 500 of 1\u00a0000" in shown
    assert "2 of 2: fit" in shown
    assert seen.decode().rstrip().endswith("\x1b[2K")  # the line is cleared away
