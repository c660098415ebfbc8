"""Response to spending: four curves, and one of them calibrated from judgement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import InvalidInput, OutOfRange

__all__ = ["FORMS", "Curve", "Curves", "Form", "Parameters", "calibrate_adbudg", "read_curve", "respond"]

Floats = NDArray[np.float64]


class Parameters(NamedTuple):
    """Parameters of curves of one form, each an array of any one shape; c and d belong to ADBUDG alone."""

    a: Floats
    b: Floats
    c: Floats
    d: Floats


@dataclass(frozen=True)
class Form:
    """A family of curves f(x), x >= 0.

    `demand` is the inverse of `slope` where the curve is concave: the spend at which the slope has fallen to a value.
    `inflection` is where the concave part begins: 0 for a curve that is concave throughout, infinite for a convex one.
    """

    names: tuple[str, ...]
    value: Callable[[Floats, Parameters], Floats]
    slope: Callable[[Floats, Parameters], Floats]
    curvature: Callable[[Floats, Parameters], Floats]
    demand: Callable[[Floats, Parameters], Floats]
    inflection: Callable[[Parameters], Floats]


def _saturated(x: Floats, p: Parameters) -> Floats:
    """x^c / (d + x^c), in logs so that large powers do not overflow."""
    return 1.0 / (1.0 + np.exp(-np.clip(p.c * np.log(x) - np.log(p.d), -700.0, 700.0)))


def _adbudg(x: Floats, p: Parameters) -> Floats:
    return p.b + (p.a - p.b) * np.where(x > 0, _saturated(x, p), 0.0)


def _adbudg_slope(x: Floats, p: Parameters) -> Floats:
    s = _saturated(x, p)
    at_zero = np.where(p.c > 1, 0.0, np.where(p.c == 1, (p.a - p.b) / p.d, np.inf))
    return np.where(x > 0, (p.a - p.b) * p.c / x * s * (1.0 - s), at_zero)


def _adbudg_curvature(x: Floats, p: Parameters) -> Floats:
    return _adbudg_slope(x, p) / x * (p.c * (1.0 - 2.0 * _saturated(x, p)) - 1.0)


def _adbudg_demand(slope: Floats, p: Parameters) -> Floats:
    """Newton's method in v = log x, where log slope is concave: from the right of the root it never overshoots."""
    wanted = np.log(slope) - np.log((p.a - p.b) * p.c)
    lowest = np.log(_adbudg_inflection(p))
    v = np.maximum((np.log(p.d) - wanted) / (1.0 + p.c), lowest)  # the tangent at infinity
    for _ in range(60):
        z = np.clip(p.c * v - np.log(p.d), -700.0, 700.0)
        odds = np.exp(-np.abs(z))
        fall = 1.0 + p.c * np.sign(z) * (1.0 - odds) / (1.0 + odds)
        step = (-v - np.abs(z) - 2.0 * np.log1p(odds) - wanted) / np.where(fall > 0, fall, np.inf)
        step = np.where(np.isfinite(step), np.minimum(step, 0.0), 0.0)
        before, v = v, np.maximum(v + step, lowest)
        if (np.abs(v - before) < 1e-13 * (1.0 + np.abs(v))).all():
            break
    return np.exp(v)


def _adbudg_inflection(p: Parameters) -> Floats:
    c = np.maximum(p.c, 1.0)
    return np.where(p.c > 1, np.exp((np.log(p.d) + np.log(c - 1.0) - np.log(c + 1.0)) / c), 0.0)


FORMS: dict[str, Form] = {
    "power": Form(
        ("a", "b"),
        lambda x, p: p.a * x**p.b,
        lambda x, p: p.a * p.b * x ** (p.b - 1.0),
        lambda x, p: p.a * p.b * (p.b - 1.0) * x ** (p.b - 2.0),
        lambda slope, p: np.where(p.b < 1, np.exp((np.log(p.a * p.b) - np.log(slope)) / (1.0 - p.b)), np.inf),
        lambda p: np.where(p.b < 1, 0.0, np.inf),
    ),
    "log": Form(
        ("a", "b"),
        lambda x, p: p.a * np.log1p(x / p.b),
        lambda x, p: p.a / (p.b + x),
        lambda x, p: -p.a / (p.b + x) ** 2,
        lambda slope, p: np.maximum(p.a / slope - p.b, 0.0),
        lambda p: np.zeros_like(p.a),
    ),
    "exponential": Form(
        ("a", "b"),
        lambda x, p: -p.a * np.expm1(-p.b * x),
        lambda x, p: p.a * p.b * np.exp(-p.b * x),
        lambda x, p: -p.a * p.b**2 * np.exp(-p.b * x),
        lambda slope, p: np.maximum((np.log(p.a * p.b) - np.log(slope)) / p.b, 0.0),
        lambda p: np.zeros_like(p.a),
    ),
    "adbudg": Form(("a", "b", "c", "d"), _adbudg, _adbudg_slope, _adbudg_curvature, _adbudg_demand, _adbudg_inflection),
}
"""power a x^b; log a ln(1 + x/b); exponential a (1 - e^(-bx)); adbudg b + (a - b) x^c / (d + x^c)."""


class Curve(NamedTuple):
    """The curve of one unit."""

    form: str
    a: float
    b: float
    c: float = np.nan
    d: float = np.nan


class Curves(NamedTuple):
    """Curves of several units, gathered by form so that one call serves all of a form."""

    each: tuple[Curve, ...]
    groups: tuple[tuple[Form, NDArray[np.intp], Parameters], ...]

    @classmethod
    def of(cls, curves: Sequence[Curve]) -> Curves:
        """Gather the curves of units."""
        groups: list[tuple[Form, NDArray[np.intp], Parameters]] = []
        for name, form in FORMS.items():
            at = [i for i, curve in enumerate(curves) if curve.form == name]
            if at:
                table = np.array([curves[i][1:] for i in at], dtype=np.float64)
                groups.append((form, np.array(at, dtype=np.intp), Parameters(*table.T.copy())))
        return cls(tuple(curves), tuple(groups))

    def value(self, x: Floats) -> Floats:
        """Response of each unit to its spend."""
        return self._each(x, lambda form, part, p: form.value(part, p))

    def slope(self, x: Floats) -> Floats:
        """Response to the next unit of spend; may be infinite at 0."""
        return self._each(x, lambda form, part, p: form.slope(part, p))

    def curvature(self, x: Floats) -> Floats:
        """Second derivative."""
        return self._each(x, lambda form, part, p: form.curvature(part, p))

    def demand(self, slope: Floats) -> Floats:
        """Spend at which the slope, on the concave part of each curve, has fallen to `slope`."""
        return self._each(slope, lambda form, part, p: form.demand(part, p))

    def inflection(self) -> Floats:
        """Spend from which each curve is concave."""
        return self._each(np.zeros(len(self.each)), lambda form, _, p: form.inflection(p))

    def _each(self, x: Floats, formula: Callable[[Form, Floats, Parameters], Floats]) -> Floats:
        out = np.empty(len(self.each))
        with np.errstate(divide="ignore", over="ignore", invalid="ignore", under="ignore"):
            for form, at, parameters in self.groups:
                out[at] = formula(form, x[at], parameters)
        return out


def read_curve(params: Mapping[str, Any], unit: str = "", argument: str = "model") -> Curve:
    """The curve of a response model, checked.

    Parameters
    ----------
    params : mapping
        model (the form) and its parameters; what else is there is ignored.
    unit, argument : str
        Named in messages.

    Raises
    ------
    InvalidInput
        When the model is none of the four forms, or lacks a parameter.
    OutOfRange
        When a parameter is such that response does not rise with spending.
    """
    of = f"the model of {unit}" if unit else "the model"
    form = str(params.get("model", "")).strip().casefold()
    if form not in FORMS:
        raise InvalidInput(
            f"{of} must be one of {', '.join(FORMS)}, as CVM_RESPONSE_FIT or CVM_ADBUDG gives it",
            argument=argument,
            value=params.get("model"),
        )
    found: dict[str, float] = {}
    for name in FORMS[form].names:
        value = params.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise InvalidInput(f"{of} ({form}) needs a number {name}", argument=argument, value=value)
        if value <= 0 and not (form == "adbudg" and name in "ab"):
            raise OutOfRange(f"{name} of {of} ({form}) must be above 0", argument=argument, value=value)
        found[name] = float(value)
    if form == "adbudg" and found["a"] <= found["b"]:
        raise OutOfRange(
            f"{of}: saturation a must be above b, the response without spending", argument=argument, value=found["a"]
        )
    return Curve(form, **found)


def respond(params: Mapping[str, Any], spend: Floats) -> Floats:
    """Response to each spend by a fitted or calibrated model.

    Parameters
    ----------
    params : mapping
        Of `fit_response` or `calibrate_adbudg`.
    spend : array, shape (n,)
        Money, >= 0, in the unit of the model.

    Returns
    -------
    array, shape (n,)

    Raises
    ------
    InvalidInput, OutOfRange
        As `read_curve`.
    """
    curve = read_curve(params)
    with np.errstate(divide="ignore", over="ignore"):
        return FORMS[curve.form].value(spend, Parameters(*map(np.asarray, curve[1:])))


def calibrate_adbudg(
    zero: float, current: float, plus50: float, saturation: float, spend: float = 1.0
) -> dict[str, float | str]:
    """ADBUDG curve through four judgements: y(x) = b + (a - b) x^c / (d + x^c).

    With x in units of today's spend: d = (a - y1) / (y1 - b), c = ln[d (y1.5 - b) / (a - y1.5)] / ln 1.5; with x in
    money d is multiplied by spend^c.

    Parameters
    ----------
    zero, current, plus50, saturation : float
        Response without spending, at today's spend, at one and a half times it, and at boundless spending; rising.
    spend : float
        Today's spend, money; 1 makes x a multiple of it.

    Returns
    -------
    dict
        model "adbudg", a, b, c, d.

    Raises
    ------
    OutOfRange
        When the four responses do not rise, or the spend is not above 0.

    References
    ----------
    Little, J. (1970), Models and managers: the concept of a decision calculus, Management Science 16.
    """
    for argument, lower, upper in (
        ("current", zero, current),
        ("plus50", current, plus50),
        ("saturation", plus50, saturation),
    ):
        if not upper > lower:
            raise OutOfRange(
                "must be above the one before: zero < current < plus50 < saturation", argument=argument, value=upper
            )
    if not spend > 0:
        raise OutOfRange("must be above 0", argument="spend", value=spend)
    d = (saturation - current) / (current - zero)
    c = log(d * (plus50 - zero) / (saturation - plus50)) / log(1.5)
    scaled = log(d) + c * log(spend)
    if abs(scaled) > 700:
        raise OutOfRange(
            "makes a parameter too large for a number; enter it in a larger unit, such as millions",
            argument="spend",
            value=spend,
        )
    return {"model": "adbudg", "a": saturation, "b": zero, "c": c, "d": d * spend**c}
