"""Charts of functions, drawn from what the functions themselves give."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import numpy as np

from cvm_xl.catalogue import Function
from cvm_xl.figures import rounded

__all__ = ["PICTURES", "Picture"]

Catalogue = Mapping[str, Function]
Line = tuple[Sequence[float], Sequence[float]]

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 16, 48
# Okabe and Ito's, and a dash of its own for each: lines can be told apart without colours.
LOOKS = (("#0072B2", ""), ("#D55E00", "7 4"), ("#5B6770", "2 3"), ("#00785A", "10 3 2 3"))


@dataclass(frozen=True)
class Picture:
    """A chart: `alt` says what it shows, `caption` what to see in it; `draw` gives its lines by name.

    With `marks`, each line's points are marked: results that exist only there.
    """

    alt: str
    caption: str
    x: str
    y: str
    draw: Callable[[Catalogue], dict[str, Line]]
    marks: bool = False

    def svg(self, catalogue: Catalogue) -> str:
        """The chart as SVG."""
        return _svg(self, self.draw(catalogue))


def _numbers(answer: Any) -> list[float]:
    """A column as floats; what is no number is left out of the line as NaN."""
    rows = answer if isinstance(answer, list) else [[answer]]
    return [float(v) if isinstance(v, (int, float)) else math.nan for (v,) in rows]


def _grid(values: Sequence[float]) -> list[list[float]]:
    return [[float(v)] for v in values]


def _table(answer: list[list[Any]], name: str) -> list[float]:
    at = answer[0].index(name)
    return [float(row[at]) if isinstance(row[at], (int, float)) else math.nan for row in answer[1:]]


def _params(answer: list[list[Any]], name: str) -> float:
    return float(dict(answer)[name])


def _over(name: str, lo: float, hi: float, *args: Any, steps: int = 81, **lines: dict[str, Any]) -> Any:
    """Lines of a function over its argument called `x` in `lines`, each with the others fixed."""

    def draw(catalogue: Catalogue) -> dict[str, Line]:
        xs = list(np.linspace(lo, hi, steps))
        made: dict[str, Line] = {}
        for label, given in lines.items():
            values = {key: _grid(xs) if value is X else value for key, value in given.items()}
            made[label] = xs, _numbers(catalogue[name].cells(*args, **values).value)
        return made

    return draw


X = object()
BGNBD = [["model", "bgnbd"], ["unit", "week"], ["r", 0.242595], ["alpha", 4.413602], ["a", 0.792922], ["b", 2.425907]]
SPEND = [["model", "gamma_gamma"], ["p", 6.249572], ["q", 3.744225], ["v", 15.443521]]
SBG = [["model", "sbg"], ["alpha", 0.668088], ["beta", 3.806095]]
ADBUDG = [["model", "adbudg"], ["a", 152], ["b", 47], ["c", 2.693951], ["d", 0.981132]]
PROFITS = [90, 70, 55, 40, 25, 12, 6, 4, 2, 1, 0, 0, -1, -3, -5, -8, -14, -22, -34, -48]


def _whale(catalogue: Catalogue) -> dict[str, Line]:
    table = catalogue["CVM_WHALE"].cells(_grid(PROFITS)).value
    shares = _table(table, "cumulative_share")
    return {"cumulative profit": ([100 * x for x in _table(table, "customers_share")], [100 * y for y in shares])}


def _band(catalogue: Catalogue) -> dict[str, Line]:
    values = list(np.linspace(95, 170, 76))
    table = catalogue["CVM_PRICE_BAND"].cells(80, 0.1, 100, _grid(values), intercept=-18.5, slope=0.15).value
    return {name: (values, _table(table, name)) for name in ("ceiling", "target", "floor", "fair")}


def _invest(catalogue: Catalogue) -> dict[str, Line]:
    models = [
        ["unit", "model", "a", "b", "c", "d"],
        ["smooth", "adbudg", 100, 0, 1, 10],
        ["s-shaped", "adbudg", 100, 0, 4, 10000],
    ]
    spends = list(np.linspace(0, 30, 61))
    made: dict[str, Line] = {}
    for name, _, a, b, c, d in models[1:]:
        model = [["model", "adbudg"], ["a", a], ["b", b], ["c", c], ["d", d]]
        made[str(name)] = spends, _numbers(catalogue["CVM_RESPONSE"].cells(model, _grid(spends)).value)
    return made


def _alive(catalogue: Catalogue) -> dict[str, Line]:
    recency = list(np.linspace(0, 39, 79))
    made: dict[str, Line] = {}
    for x in (1, 4, 16):
        given = [x] * len(recency)
        made[f"{x} repeat purchase{'s' * (x > 1)}"] = (
            recency,
            _numbers(catalogue["CVM_ALIVE"].cells(BGNBD, _grid(given), _grid(recency), 39).value),
        )
    return made


def _purchases(catalogue: Catalogue) -> dict[str, Line]:
    weeks = list(range(0, 105, 4))
    made: dict[str, Line] = {}
    for label, x, t in (("bought lately", 4, 36), ("silent for long", 4, 12), ("new customer", 0, 0)):
        age = 0 if label == "new customer" else 39
        given = [catalogue["CVM_PURCHASES"].cells(BGNBD, w, x, t, age).value if w else 0.0 for w in weeks]
        made[label] = weeks, [float(v) for v in given]
    return made


def _clv(catalogue: Catalogue) -> dict[str, Line]:
    shares = list(np.linspace(0, 0.95, 96))
    made: dict[str, Line] = {}
    for label, discount in (("discount 5%", 0.05), ("discount 10%", 0.1), ("discount 20%", 0.2)):
        given = _numbers(catalogue["CVM_CLV"].cells(100, _grid(shares), discount).value)
        made[label] = [100 * x for x in shares], given
    return made


def _satisfaction(catalogue: Catalogue) -> dict[str, Line]:
    gaps = list(np.linspace(0.01, 0.4, 40))
    made: dict[str, Line] = {}
    for label, margin in (("margin 50", 50), ("margin 100", 100), ("margin 200", 200)):
        spends = [
            _params(catalogue["CVM_SATISFACTION_SPEND"].cells(margin, 0.1, 0.9, gap, 0.05).value, "spend")
            for gap in gaps
        ]
        made[label] = [100 * g for g in gaps], spends
    return made


def _gabor(catalogue: Catalogue) -> dict[str, Line]:
    prices, shares = [8, 9, 10, 11, 12, 13, 14], [0.82, 0.76, 0.68, 0.55, 0.42, 0.3, 0.2]
    table = catalogue["CVM_GABOR_GRANGER"].cells(_grid(prices), _grid(shares), 6).value
    return {name: (prices, _table(table, name)) for name in ("revenue", "profit")}


def _renewals(name: str) -> Callable[[Catalogue], dict[str, Line]]:
    def draw(catalogue: Catalogue) -> dict[str, Line]:
        periods = list(range(1, 13))
        given = _numbers(catalogue[name].cells(SBG, _grid(periods)).value)
        return {name.removeprefix("CVM_").lower(): (periods, [100 * v for v in given])}

    return draw


def _spend(catalogue: Catalogue) -> dict[str, Line]:
    means = list(np.linspace(5, 100, 39))
    made: dict[str, Line] = {}
    for x in (16, 4, 1):
        given = catalogue["CVM_SPEND"].cells(SPEND, _grid([x] * len(means)), _grid(means)).value
        made[f"{x} repeat purchase{'s' * (x > 1)}"] = means, _numbers(given)
    return made


def _pocket(catalogue: Catalogue) -> dict[str, Line]:
    example = catalogue["CVM_POCKET"].example
    prices = _table(catalogue["CVM_POCKET"].cells(*example.args).value, "price")
    return {"price left": (list(range(len(prices))), prices)}


def _target(name: str, lo: float, hi: float, x: str, **fixed: Any) -> Callable[[Catalogue], dict[str, Line]]:
    """One line: a row-wise function over one argument."""

    def draw(catalogue: Catalogue) -> dict[str, Line]:
        xs = list(np.linspace(lo, hi, 81))
        return {"result": (xs, _numbers(catalogue[name].cells(**{x: _grid(xs)}, **fixed).value))}

    return draw


PICTURES: dict[str, Picture] = {
    "CVM_WHALE": Picture(
        "Cumulative profit of 20 customers from the best to the worst: it climbs above 170 percent and falls to 100",
        "The best customers earn far more than the company keeps: what lies above 100% the last ones take away.",
        "customers, % from the best",
        "cumulative profit, %",
        _whale,
    ),
    "CVM_BREAKEVEN": Picture(
        "Change in volume that a change of price needs: the deeper the cut, the steeper the volume needed",
        "At a unit margin of 4.50, a cut by 0.50 needs 12.5% more volume. Rises may lose less than cuts must win.",
        "change of price",
        "change in volume to break even, as a share",
        _target("CVM_BREAKEVEN", -2, 2, "price_change", unit_margin=4.5),
    ),
    "CVM_PRICE_BAND": Picture(
        "Floor, fair price, target and ceiling over the economic value to the customer; the target stops rising at 114",
        "The ceiling rises with the value to the customer; the target stops at the price of most expected profit.",
        "economic value to the customer",
        "price",
        _band,
    ),
    "CVM_ACCEPTANCE": Picture(
        "Probability of acceptance over price for a gentle and a steep slope",
        "The slope says how sharply customers react around the price at which half of them accept.",
        "price",
        "probability",
        _over(
            "CVM_ACCEPTANCE",
            80,
            160,
            **{
                "slope 0.15": {"price": X, "intercept": -18.5, "slope": 0.15},
                "slope 0.05": {"price": X, "intercept": -6.1667, "slope": 0.05},
            },
        ),
    ),
    "CVM_BEST_PRICE": Picture(
        "Best price over unit cost, with and without value of winning the customer",
        "A higher cost is passed on in part only. What winning is worth later lowers the price of today.",
        "cost",
        "best price",
        _over(
            "CVM_BEST_PRICE",
            40,
            130,
            **{
                "no future value": {"cost": X, "intercept": -18.5, "slope": 0.15},
                "future value 20": {"cost": X, "intercept": -18.5, "slope": 0.15, "future_value": 20},
            },
        ),
    ),
    "CVM_GABOR_GRANGER": Picture(
        "Revenue and profit per customer asked at each of seven prices; profit peaks at a higher price than revenue",
        "The price of the highest profit lies above that of the highest revenue.",
        "price",
        "money per customer asked",
        _gabor,
        marks=True,
    ),
    "CVM_ALIVE": Picture(
        "Probability of being alive over the week of the last purchase, after 39 weeks, by number of repeat purchases",
        "The same silence says more of a frequent buyer: after 16 purchases, ten silent weeks are a farewell.",
        "week of the last purchase, of 39",
        "probability that the customer is still one",
        _alive,
    ),
    "CVM_PURCHASES": Picture(
        "Expected purchases over the weeks ahead of a recent buyer, a silent one and a new customer",
        "The lines bend: with time more customers have left.",
        "weeks ahead",
        "expected purchases",
        _purchases,
    ),
    "CVM_SPEND": Picture(
        "Expected spend over a customer's own mean, for 1, 4 and 16 repeat purchases; they cross near everybody's mean",
        "The more purchases, the more a customer's own mean counts, and the less the population's.",
        "own mean per purchase",
        "expected spend per purchase",
        _spend,
    ),
    "CVM_CLV": Picture(
        "Lifetime value of a margin of 100 over the yearly retention rate, for discounts of 5, 10 and 20 percent",
        "The last points of retention are worth most.",
        "retention, %",
        "lifetime value",
        _clv,
    ),
    "CVM_RETENTION": Picture(
        "Share that renews at each of twelve renewals: it rises from 85 to over 95 percent",
        "The rate rises although nobody becomes more loyal: those who leave easily have left.",
        "renewal",
        "share that renews, %",
        _renewals("CVM_RETENTION"),
        marks=True,
    ),
    "CVM_SURVIVAL": Picture(
        "Share of a cohort left after each of twelve renewals, falling ever more slowly to 38 percent",
        "Extending the first years' loss in a straight line would leave nobody.",
        "renewals",
        "share left, %",
        _renewals("CVM_SURVIVAL"),
        marks=True,
    ),
    "CVM_RESPONSE": Picture(
        "An S-shaped response: flat at first, steep around today's spend, flat again towards saturation",
        "At a spend of 1 (today's) the response is 100; no spend brings more than the saturation, 152.",
        "spend, 1 is today's",
        "response",
        _over("CVM_RESPONSE", 0, 3, **{"response": {"model": ADBUDG, "spend": X}}),
    ),
    "CVM_INVEST": Picture(
        "Two response curves, one smooth and one s-shaped: half a budget on the s-shaped one brings almost nothing",
        "Why the global optimum matters: what is worth starting on the S-shaped curve is worth doing in full.",
        "spend",
        "response",
        _invest,
    ),
    "CVM_SATISFACTION_SPEND": Picture(
        "Best spend on satisfaction over the share of customers at stake, for margins of 50, 100 and 200",
        "Where little retention is at stake or the margin is small, no spend pays.",
        "retention at stake, percentage points",
        "best spend per customer",
        _satisfaction,
    ),
    "CVM_POCKET": Picture(
        "Price left after each step from the list price of 6 to the pocket price",
        "Each step down is a deduction; the flat steps are the invoice price and, last, the pocket price.",
        "step",
        "price left",
        _pocket,
        marks=True,
    ),
    "CVM_WINBACK": Picture(
        "Expected value of an offer to a lost customer over the probability of success",
        "Below the probability at which the contact pays, leave it.",
        "probability that the customer comes back",
        "expected value",
        lambda catalogue: {
            "expected value": (
                list(np.linspace(0.02, 0.5, 25)),
                [
                    _table(catalogue["CVM_WINBACK"].cells(300, p, 15).value, "expected_value")[0]
                    for p in np.linspace(0.02, 0.5, 25)
                ],
            )
        },
    ),
}


def _svg(picture: Picture, lines: dict[str, Line]) -> str:
    xs = [x for line in lines.values() for x in line[0]]
    ys = [y for line in lines.values() for y in line[1] if math.isfinite(y)]
    lowest = min(ys) if min(ys) > max(ys) / 2 else min([*ys, 0.0])  # lines far above 0 would leave half a picture empty
    across, up = _ticks(min(xs), max(xs)), _ticks(lowest, max(ys))
    x0, x1, y0, y1 = min(xs), max(xs), up[0], up[-1]

    def at(x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + wide * (x - x0) / (x1 - x0), TOP + high * (1 - (y - y0) / (y1 - y0))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="Arial, sans-serif" font-size="15" fill="#1F2328">',
        f"<title>{escape(picture.alt)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#FFFFFF"/>',
    ]
    for y in up:
        _, py = at(x0, y)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{py:.1f}" y2="{py:.1f}" stroke="#E1E4E8"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{py + 4:.1f}" text-anchor="end">{_short(y)}</text>')
    for x in across:
        if x0 <= x <= x1:
            px, py = at(x, y0)
            parts.append(f'<text x="{px:.1f}" y="{py + 18:.1f}" text-anchor="middle">{_short(x)}</text>')
    px = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{px}" y="{HEIGHT - 8}" text-anchor="middle">{escape(picture.x)}</text>')
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(picture.y)}</text>'
    )
    ends: list[tuple[float, str, str]] = []
    for (name, (line_x, line_y)), (colour, dash) in zip(lines.items(), LOOKS, strict=False):
        points = [at(x, y) for x, y in zip(line_x, line_y, strict=True) if math.isfinite(y)]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"{dashed}/>')
        if picture.marks:
            parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{colour}"/>' for px, py in points]
        ends.append((points[-1][1], name, colour))
    if len(ends) > 1:
        last = -math.inf
        for py, name, colour in sorted(ends):
            last = max(py + 4, last + 16)
            parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{last:.1f}" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _ticks(lo: float, hi: float) -> list[float]:
    """Round numbers from at or below `lo` to at or above `hi`, four to eight of them."""
    span = (hi - lo) or 1.0
    power = 10 ** math.floor(math.log10(span / 5))
    step = next(power * s for s in (1, 2, 5, 10) if span / (power * s) <= 6)
    return [step * i for i in range(math.floor(lo / step + 1e-9), math.ceil(hi / step - 1e-9) + 1)]


def _short(value: float) -> str:
    return rounded(value, 10)
