"""How far a command is: what it does now, which of its steps that is, and about how long the rest takes.

Whatever works calls a `Progress` with what it does; who shows it gives a `Course`, to which the work may say its steps
in advance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cvm_xl.figures import figure

__all__ = ["Course", "Progress", "Step", "plan"]

Progress = Callable[[str, int, int], object]
"""Called with what is being done, and how much of it is done and in all (0, 0 where that means nothing)."""

NEARLY = 0.95  # of a step that does not say how far it is: it never seems to be over
SOON = 2.0  # seconds: less than that is not worth saying
OVERDUE = 2.0  # times as long as expected: a step that does not say how far it is may then take any time


@dataclass(frozen=True)
class Step:
    """A part of the work.

    Attributes
    ----------
    name : str
        What is said of it, or the first word of it.
    seconds : float
        About how long it takes; only how it compares with the other steps matters in the end.
    parts : collection of str
        What else is said of it: the tables of the step "read".
    size : int
        How much there is to do in all its parts, as they count it; 0 where each tells its own share of the step.
    """

    name: str
    seconds: float
    parts: frozenset[str] = frozenset()
    size: int = 0

    def is_of(self, what: str) -> bool:
        """Whether this is said of the step."""
        return what == self.name or what.startswith(f"{self.name} ") or what in self.parts


class Course:
    """Takes what is being done and tells how far the whole is.

    Parameters
    ----------
    show : callable, optional
        Called after each word, with the course.
    clock : callable
        The time in seconds.
    """

    def __init__(self, show: Callable[[Course], object] | None = None, clock: Callable[[], float] = time.monotonic):
        self._show, self._clock = show, clock
        self.steps: tuple[Step, ...] = ()
        self.began = clock()
        self._at = -1
        self._entered = self.began
        self._what, self._done, self._total, self._before = "", 0, 0, 0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Hear what is being done."""
        if what != self._what:
            self._before += self._total
            at = next((i for i, step in enumerate(self.steps) if step.is_of(what)), -1)
            if at > self._at:  # what comes after a step is never said to lie before it
                self._at, self._entered, self._before = at, self._clock(), 0
        self._what, self._done, self._total = what, done, total
        if self._show:
            self._show(self)

    def plan(self, steps: Sequence[Step]) -> None:
        """Know the steps from here on; what was done before has its time already."""
        self.steps, self._at, self._before, self._total = tuple(steps), -1, 0, 0
        self.began = self._entered = self._clock()

    @property
    def share(self) -> float | None:
        """How much of all is done, between 0 and 1; None where that is not known."""
        if not self.steps:
            return min(self._done / self._total, 1.0) if self._total else None
        whole = sum(step.seconds for step in self.steps)
        return (self._past() + self._within() * self._now().seconds) / whole if self._at >= 0 and whole else 0.0

    @property
    def left(self) -> float | None:
        """About how many seconds are left; None where that is not known."""
        share = self.share
        if not self.steps or not share or self._waited() > OVERDUE:
            return None
        # At first the steps' own seconds count, later what they turned out to take on this machine.
        whole, passed = sum(step.seconds for step in self.steps), self._clock() - self.began
        trusted = max(1.0, whole / 10)
        pace = (passed + trusted) / (share * whole + trusted)
        return (1 - share) * whole * pace

    @property
    def text(self) -> str:
        """All this in a line: 3 of 9: read Sales, 65 536 of 1 000 000, about 12 s left."""
        if not self._what or self._at < 0:
            return self._what + (f": {_of(self._done, self._total)}" if self._done else "")
        name = self._now().name
        said = f"{name} {self._what}" if self._what in self._now().parts else self._what
        pieces = [f"{self._at + 1} of {len(self.steps)}: {said}"]
        pieces += [_of(self._done, self._total)] if self._done else []
        left = self.left
        pieces += [f"about {_time(left)} left"] if left is not None and left >= SOON else []
        return ", ".join(pieces)

    def _now(self) -> Step:
        return self.steps[max(self._at, 0)]

    def _past(self) -> float:
        return sum(step.seconds for step in self.steps[: self._at])

    def _within(self) -> float:
        """How much of the step is done."""
        size = self._now().size or self._total
        if size:
            return min(((self._before if self._now().size else 0) + self._done) / size, 1.0)
        return min(self._waited(), NEARLY)

    def _waited(self) -> float:
        """How long a step lasts that does not say how far it is: times what is expected by those before it."""
        if self._now().size or self._total:
            return 0.0
        ahead = self._past()
        pace = (self._entered - self.began) / ahead if ahead else 1.0
        expected = self._now().seconds * max(pace, 0.1)
        return (self._clock() - self._entered) / expected if expected else NEARLY


def plan(progress: Progress | None, steps: Sequence[Step]) -> None:
    """Tell the steps of the work to who shows its progress, where he wants to know them."""
    if isinstance(progress, Course):
        progress.plan(steps)


def _of(done: int, total: int) -> str:
    return f"{figure(done)} of {figure(total)}" if total else figure(done)


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
