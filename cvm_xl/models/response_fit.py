"""Response curves fitted to past spending, and the choice among them."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, nan, pi
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from cvm_xl.errors import CvmError, NotAvailable
from cvm_xl.figures import rounded
from cvm_xl.models.bounds import refuse
from cvm_xl.models.logit import fit_params
from cvm_xl.models.response import FORMS, Parameters

__all__ = ["fit_response"]

Floats = NDArray[np.float64]

# Where the shape of each curve is looked for, with spend and response scaled to at most 1.
SHAPES: dict[str, tuple[tuple[float, float], ...]] = {
    "power": ((0.01, 10.0),),
    "log": ((1e-6, 1e3),),
    "exponential": ((1e-3, 1e5),),
    "adbudg": ((0.1, 30.0), (1e-3, 30.0)),  # c, and the spend at half saturation
}
WIDER = "give spends over a wider range, or name another form"


@dataclass(frozen=True)
class _Fit:
    """Least-squares estimate of one form, in the units of the data."""

    form: str
    theta: Floats
    cov: Floats
    rss: float
    n: int

    @property
    def aicc(self) -> float:
        """Akaike's criterion corrected for small samples (Hurvich & Tsai 1989); the variance is a parameter too."""
        k = self.theta.size + 1
        return self.n * log(self.rss / self.n) + 2 * k + 2 * k * (k + 1) / (self.n - k - 1)


def fit_response(spend: Floats, response: Floats, form: str | None = None) -> dict[str, float | str]:
    """Response curve by least squares; without a form, the one of lowest AICc.

    Parameters
    ----------
    spend : array, shape (n,)
        Money, >= 0.
    response : array, shape (n,)
        In any unit.
    form : {"power", "log", "exponential", "adbudg"}, optional
        a x^b; a ln(1 + x/b); a (1 - e^(-bx)); b + (a - b) x^c / (d + x^c).

    Returns
    -------
    dict
        model (the form), its parameters, n, loglik (normal errors; blank where the fit is exact), aicc (blank where n
        is too small for it), r2 (share of the variance about the mean), spend_low and spend_high (the range seen;
        beyond it the curve extrapolates), se_ of each parameter and cov_ of each pair, note (if any).

    Raises
    ------
    OutOfRange
        When a spend is negative.
    NotAvailable
        When the data do not identify the curve: too few rows or different spends, response that falls with spending,
        a parameter that runs to zero or infinity.

    References
    ----------
    Little (1970), Management Science 16; Hanssens, Parsons & Schultz (2001), Market Response Models, ch. 3;
    Hurvich & Tsai (1989), Biometrika 76.
    """
    refuse(spend < 0, "cannot be negative", "spend", spend)
    if form is not None:
        best = _fit(form, spend, response)
        note = ""
    else:
        best, note = _lowest_aicc(spend, response)
    names = list(FORMS[best.form].names)
    estimates = fit_params(names, best.theta, best.cov)
    n, total = best.n, float(((response - response.mean()) ** 2).sum())
    exact = best.rss <= _dust(response)
    errors = np.sqrt(np.diag(best.cov))
    telling = (0, 2) if best.form == "adbudg" else (0, 1)  # ADBUDG's b may well be 0, and d has no scale of its own
    vague = [names[i] for i in telling if errors[i] > 0.5 * best.theta[i]]
    if vague:
        note += f"{'; ' if note else ''}uncertain: {' and '.join(vague)} (see the standard errors); {WIDER}"
    params: dict[str, float | str] = {"model": best.form} | {name: estimates.pop(name) for name in names}
    params |= {
        "n": float(n),
        "loglik": nan if exact else -n / 2 * (log(2 * pi * best.rss / n) + 1),
        "aicc": best.aicc if not exact and n > best.theta.size + 2 else nan,
        "r2": 1 - best.rss / total if total > 0 else nan,
        "spend_low": float(spend.min()),
        "spend_high": float(spend.max()),
    }
    params |= estimates
    return params | {"note": note} if note else params


def _lowest_aicc(spend: Floats, response: Floats) -> tuple[_Fit, str]:
    if spend.size < 5:
        raise NotAvailable(
            f"choosing a form needs at least 5 rows; there are {spend.size}. Add rows or name the form", argument="form"
        )
    fits: dict[str, _Fit] = {}
    failed: dict[str, CvmError] = {}
    for form in FORMS:
        try:
            if spend.size < len(FORMS[form].names) + 3:
                raise NotAvailable("too few rows to compare this form")
            fits[form] = _fit(form, spend, response)
        except CvmError as error:
            failed[form] = error
    if not fits:
        simplest = failed["power"]
        raise NotAvailable(f"no form can be fitted: {simplest.message}", argument=simplest.argument)
    said = [f"{form} {fits[form].aicc:.2f}" if form in fits else f"{form} not identified" for form in FORMS]
    # Equal fits, such as exact ones, go to the simpler form.
    best = min(fits.values(), key=lambda fit: fit.aicc)
    return best, f"Lowest AICc of {', '.join(said)}"


def _fit(form: str, spend: Floats, response: Floats) -> _Fit:
    names = FORMS[form].names
    k, n = len(names), spend.size
    seen = np.unique(spend[spend > 0] if form != "adbudg" else spend).size
    if n <= k or seen < k:
        raise NotAvailable(
            f"the {form} curve has {k} parameters: it needs at least {k + 1} rows and {k} different spends"
            f"{'' if form == 'adbudg' else ' above 0'}; there are {n} rows and {seen} spends",
            argument="spend",
        )
    top, size = float(spend.max()), float(np.abs(response).max())
    if size == 0 or response.min() == response.max():
        raise NotAvailable(
            f"all responses are {rounded(response[0], 6)}; a curve needs responses that change with spending",
            argument="response",
        )
    theta = _least_squares(form, spend / top, response / size)
    _check_inside(form, theta)
    theta = _in_units(form, theta, top, size)
    p = Parameters(*map(np.asarray, [*theta, *[nan] * (4 - k)]))
    with np.errstate(divide="ignore"):
        rest = response - FORMS[form].value(spend, p)
    rss = max(float(rest @ rest), _dust(response))
    gradient = _gradient(form, spend, theta)
    norms = np.linalg.norm(gradient, axis=0)
    scaled = gradient / np.where(norms > 0, norms, 1.0)
    idle = norms[1:] * np.abs(theta[1:]) < 1e-7 * np.linalg.norm(response)
    if (form != "adbudg" and idle.any()) or np.linalg.svd(scaled, compute_uv=False)[-1] < 1e-7:
        raise NotAvailable(f"the data do not identify the {form} curve: several fit them equally well; {WIDER}")
    cov = rss / (n - k) * np.linalg.inv(scaled.T @ scaled) / np.outer(norms, norms)
    return _Fit(form, theta, np.asarray(cov, dtype=np.float64), rss, n)


def _dust(response: Floats) -> float:
    """Sum of squares that is rounding only."""
    return response.size * (1e-12 * float(np.abs(response).max())) ** 2


def _least_squares(form: str, x: Floats, y: Floats) -> Floats:
    """Best of a grid of shapes (for each of which the rest is linear), then Levenberg-Marquardt from there."""
    from scipy.optimize import least_squares  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    solve = cast("Any", least_squares)
    count = 200 if len(SHAPES[form]) == 1 else 60
    axes = [np.geomspace(low, high, count) for low, high in SHAPES[form]]
    shapes = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
    unit = np.ones(len(shapes))[:, None]
    second = shapes[:, -1:] ** shapes[:, :1] if form == "adbudg" else shapes
    p = Parameters(unit, 0.0 * unit if form == "adbudg" else second, shapes[:, :1], second)
    with np.errstate(divide="ignore", under="ignore"):
        basis = FORMS[form].value(x[None, :], p)
    centre = basis.mean(axis=1, keepdims=True) if form == "adbudg" else np.zeros_like(unit)
    away = y - y.mean() if form == "adbudg" else y
    along = (basis - centre) @ away
    length = ((basis - centre) ** 2).sum(axis=1)
    gain = np.where(length > 1e-20, along * np.abs(along) / np.maximum(length, 1e-300), -np.inf)
    best = int(np.argmax(gain))
    rise = float(along[best] / length[best]) if length[best] > 1e-20 else 0.0
    if rise <= 0:
        raise NotAvailable("response does not rise with spending, so no response curve fits", argument="response")
    foot = float(y.mean() - rise * centre[best, 0])
    start = [foot + rise, foot, *np.log([shapes[best, 0], second[best, 0]])] if form == "adbudg" else None
    start = start or [rise, float(np.log(second[best, 0]))]
    linear = 2 if form == "adbudg" else 1

    def natural(theta: Floats) -> Floats:
        return np.append(theta[:linear], np.exp(np.clip(theta[linear:], -300.0, 300.0)))

    def residuals(theta: Floats) -> Floats:
        values = natural(theta)
        with np.errstate(all="ignore"):
            return FORMS[form].value(x, Parameters(*map(np.asarray, [*values, *[nan] * (4 - values.size)]))) - y

    def jacobian(theta: Floats) -> Floats:
        values = natural(theta)
        return _gradient(form, x, values) * np.append(np.ones(linear), values[linear:])

    found: Any = solve(residuals, start, jac=jacobian, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    return natural(np.asarray(found.x, dtype=np.float64))


def _gradient(form: str, x: Floats, theta: Floats) -> Floats:
    """Derivatives of the response in the parameters, n x k."""
    a, b = theta[:2]
    with np.errstate(all="ignore"):
        if form == "power":
            columns = [x**b, np.where(x > 0, a * x**b * np.log(x), 0.0)]
        elif form == "log":
            columns = [np.log1p(x / b), -a * x / (b * (b + x))]
        elif form == "exponential":
            columns = [-np.expm1(-b * x), a * x * np.exp(-b * x)]
        else:
            c, d = theta[2:]
            s = FORMS[form].value(x, Parameters(*map(np.asarray, (1.0, 0.0, c, d))))
            bend = np.where(x > 0, (a - b) * s * (1.0 - s), 0.0)
            columns = [s, 1.0 - s, np.where(x > 0, bend * np.log(x), 0.0), -bend / d]
    return np.nan_to_num(np.column_stack(columns))


def _check_inside(form: str, theta: Floats) -> None:
    """Refuse a shape at the edge of what can be told from data."""
    shape = [theta[2], exp(log(theta[3]) / theta[2])] if form == "adbudg" else [theta[1]]
    words = ("c", "the spend at half saturation") if form == "adbudg" else ("b",)
    for value, (low, high), name in zip(shape, SHAPES[form], words, strict=True):
        if not low * 1.02 < value < high / 1.02:
            away = "zero" if value <= low * 1.02 else "infinity"
            raise NotAvailable(
                f"the data do not identify the {form} curve: {name} runs to {away}, as the responses do not show its "
                f"bend; {WIDER}"
            )
    if theta[0] <= (theta[1] if form == "adbudg" else 0.0):
        raise NotAvailable("response does not rise with spending, so no response curve fits", argument="response")


def _in_units(form: str, theta: Floats, top: float, size: float) -> Floats:
    """Parameters for spend and response in the units of the data."""
    if form == "adbudg":
        a, b, c, d = theta
        return np.array([a * size, b * size, c, d * top**c])
    a, b = theta
    if form == "power":
        return np.array([a * size / top**b, b])
    return np.array([a * size, b * top if form == "log" else b / top])
