"""The generated company's spending: budgets and what they brought, what customers rated and complained of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["FURTHER", "SETTINGS", "channel_fit", "members", "rated", "tables", "touch_points"]

FURTHER = ("Expansion", "Transitions", "ChannelCosts")
BUDGETS = (  # unit, kind, spend a quarter, margin, least, most, least share, form, four judgements
    ("Field sales force", "sales force", 96_000, 0.42, 70_000, 110_000, None, None, None, None, None, None),
    ("Hospital programme", "segment", 28_000, 0.45, None, None, None, None, None, None, None, None),
    ("Laboratory programme", "segment", 18_000, 0.47, None, None, None, None, None, None, None, None),
    ("Web shop advertising", "channel", 12_000, 0.40, None, 60_000, None, "adbudg", None, None, None, None),
    ("Dealer support", "channel", 22_000, 0.33, 15_000, None, None, None, None, None, None, None),
    ("Technical service", "service", 34_000, 0.44, None, None, 0.1, None, 40_000, 120_000, 138_000, 170_000),
    ("Product development", "R&D", 26_000, 0.46, 20_000, None, None, None, 30_000, 105_000, 128_000, 190_000),
    ("New region South-West", "growth capital", 14_000, 0.38, None, 45_000, None, None, 0, 22_000, 52_000, 160_000),
)
TRUE_CURVES = {  # response a quarter to spend a quarter
    "Field sales force": lambda x: 1_150.0 * x**0.52,
    "Hospital programme": lambda x: 90_000.0 * np.log1p(x / 14_000.0),
    "Laboratory programme": lambda x: 110_000.0 * (1 - np.exp(-x / 16_000.0)),
    "Web shop advertising": lambda x: 4_000 + 140_000.0 * x**3 / (21_000.0**3 + x**3),
    "Dealer support": lambda x: 52_000.0 * np.log1p(x / 12_000.0),
}
SETTINGS = {"Budget": 0.9 * sum(row[2] for row in BUDGETS), "Kept within": 180}
RATED = {  # what satisfaction follows from: weight, mean
    "Delivery on time": (0.30, 7.4), "Advice": (0.34, 7.8), "Product quality": (0.22, 8.2), "Invoices": (0.10, 6.9),
    "Web shop": (0.04, 6.6),
}  # fmt: skip
KANO = (
    ("Next-day delivery", 22, 41, 30, 12), ("Documents for audits", 9, 28, 58, 7), ("Training on site", 47, 21, 8, 29),
    ("Stock level by app", 52, 18, 4, 31), ("Right invoice at once", 3, 24, 71, 4), ("Refill service", 38, 30, 9, 26),
    ("Printed catalogue", 4, 6, 8, 84),
)  # fmt: skip
RATES = (  # segment, won at most, today, spend to win, kept at most, today, without, to keep, to satisfy; winning back
    ("Hospitals", 0.22, 0.12, 260.0, 0.94, 0.88, 0.74, 95.0, 140.0, 0.18, 0.72, 45.0, 120.0),
    ("Laboratories", 0.26, 0.15, 180.0, 0.93, 0.86, 0.72, 60.0, 75.0, 0.22, 0.75, 35.0, 90.0),
    ("Food producers", 0.24, 0.13, 150.0, 0.90, 0.82, 0.70, 55.0, 60.0, 0.20, 0.66, 35.0, 80.0),
    ("Contract cleaners", 0.30, 0.18, 90.0, 0.82, 0.70, 0.60, 30.0, 110.0, 0.25, 0.52, 25.0, 50.0),
)  # fmt: skip
SOURCES = {  # share of those won, leads a customer, spend a customer
    "Trade fair": (0.20, 7.0, 290.0), "Recommendation": (0.18, 2.5, 45.0), "Web search": (0.36, 14.0, 110.0),
    "Sales call": (0.26, 9.0, 140.0),
}  # fmt: skip
WON = {2018: 62, 2019: 84, 2020: 118, 2021: 149, 2022: 176, 2023: 188, 2024: 171, 2025: 142}
WON_BEFORE = 240
LOYALTY = (
    ("Bronze", 1_000.0, 0.010, 0.55, 2_100.0), ("Silver", 5_000.0, 0.020, 0.70, 7_200.0),
    ("Gold", 20_000.0, 0.035, 0.85, 14_100.0),
)  # fmt: skip
SWITCHING = {  # investment: customers by brand, margin a purchase, cost, now, after; ours, market leader, wholesaler
    "Technicians in a day": (310.0, 195_000.0, ((0.84, 0.10, 0.06), (0.09, 0.84, 0.07), (0.07, 0.09, 0.84)),
                             ((0.85, 0.094, 0.056), (0.094, 0.836, 0.07), (0.073, 0.089, 0.838))),
    "Campaign in trade journals": (310.0, 260_000.0, ((0.84, 0.10, 0.06), (0.09, 0.84, 0.07), (0.07, 0.09, 0.84)),
                                   ((0.843, 0.098, 0.059), (0.093, 0.837, 0.07), (0.073, 0.089, 0.838))),
}  # fmt: skip
BRANDS = (("Brennholt", 1_200.0), ("Market leader", 3_100.0), ("Wholesaler", 1_900.0))
SUBJECTS = (
    "Wrong delivery",
    "Invoice wrong again",
    "Foam sprayer leaks",
    "Nobody called back",
    "Late twice in a month",
)
POINTS = {  # potential, reach, capture, own cost
    "Trade fair": (2_400_000.0, 0.25, 0.22, 48_000.0), "Web search": (4_600_000.0, 0.41, 0.09, None),
    "Sales visit": (5_200_000.0, 0.46, 0.34, 187_000.0), "Reorder slip": (2_400_000.0, 0.78, 0.12, None),
    "Service visit": (2_100_000.0, 0.40, 0.36, 61_000.0), "Renewal call": (1_700_000.0, 0.52, 0.14, 38_000.0),
}  # fmt: skip
EFFECTS = {"Field sales": (1.0, 1.0, 1.0), "Inside sales": (0.80, 0.92, 0.96), "Web shop": (0.70, 0.88, 0.97),
           "Dealers": (0.55, 0.70, 0.78)}  # fmt: skip
NEEDS = {"Top": 0.8, "Middle": 0.88, "Bottom": 0.92}
CAPACITY = {"Field sales": 7_000.0, "Inside sales": 6_500.0, "Web shop": 12_000.0}
INITIATIVES = (
    ("Second stand for laboratories", "Trade fair", "Greta Ahlers", "2025-11-30", "Leads per fair", 60, 90, 97),
    ("Pages with audit papers", "Web search", "Nele Brackmann", "2026-01-20", "Orders from search", 210, 300, 262),
    ("Profitable ones first", "Sales visit", "Jonas Küppers", "2025-12-15", "Visits to the top tier", 0.31, 0.5, 0.38),
    ("Slip with two alternatives", "Reorder slip", "Sophie Lindnér", "2026-03-31", "Lines per order", 2.4, 2.8, 2.55),
    ("Technician within a day", "Service visit", "Tjark Wiemers", "2026-06-30", "Share within a day", 0.42, 0.8, 0.55),
    ("Call 60 days ahead", "Renewal call", "Resi Mayrhuber", "2026-01-15", "Contracts renewed", 0.71, 0.85, None),
)  # fmt: skip


def rated(surveys: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Surveys with who renewed, and ratings from 1 to 10 of what satisfaction follows from.

    Dissatisfaction drives away more than delight keeps; invoices matter only where they are bad.
    """
    rng = np.random.default_rng([seed, 11])
    away = (surveys["satisfaction"].to_numpy(dtype=float) - 72.0) / 10.0
    stays = 0.86 + np.where(away < 0, 0.19, 0.03) * away
    kept = np.where(rng.random(len(surveys)) < stays, True, False).astype(object)
    common = 0.35 * away + 0.5 * rng.standard_normal(len(surveys))
    found = {}
    for name, (weight, mean) in RATED.items():
        pull = 2.4 * np.minimum(away + 0.4, 0.0) if name == "Invoices" else 3.2 * weight * away
        score = mean + pull + 0.5 * common + 0.8 * rng.standard_normal(len(surveys))
        found[name] = np.clip(np.rint(score), 1, 10)
    return surveys.assign(kept=kept, **found)


def members(customers: pd.DataFrame, seed: int) -> np.ndarray:
    """Who joined the loyalty programme."""
    rng = np.random.default_rng([seed, 12])
    return np.array(["TRUE", None], dtype=object)[(rng.random(len(customers)) >= 0.62).astype(int)]


def touch_points(register: pd.DataFrame) -> pd.DataFrame:
    """The register with what is at stake at each touch-point."""
    potential, reach, capture, cost = (
        np.array([POINTS[name][i] for name in register["touch_point"]], dtype=float) for i in range(4)
    )
    return register.assign(potential=potential, reach=reach, capture=capture, margin=np.nan, cost=cost)


def channel_fit() -> pd.DataFrame:
    """How well each channel serves each tier."""
    rows = [
        (tier, channel, effects[i], np.nan, np.nan, NEEDS[tier])
        for i, tier in enumerate(NEEDS)
        for channel, effects in EFFECTS.items()
    ]
    return pd.DataFrame(rows, columns="tier channel effect cost_an_order orders need".split())


def tables(customers: pd.DataFrame, sales: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """Input tables on spending, the customer's life and initiatives."""
    return {
        "Budgets": _frame(
            "unit kind spend margin least most least_share form zero current plus_50 saturation", BUDGETS
        ),
        "SpendHistory": _history(seed),
        "Kano": _frame("feature attractive one_dimensional must_be indifferent", KANO),
        "SegmentRates": _frame(
            "segment margin won_at_most won_today spend_to_win kept_at_most kept_today kept_without spend_to_keep "
            "spend_to_satisfy back kept_once_back contact_cost incentive",
            [(row[0], np.nan, *row[1:]) for row in RATES],
        ),
        "Sources": _sources(),
        "Referrals": _referrals(customers, seed),
        "LoyaltyTiers": _frame("tier from reward redemption redeemed", LOYALTY),
        "Contacts": _contacts(customers, sales, seed),
        "Complaints": _complaints(sales, seed),
        "Switching": _switching(),
        "ChannelFit": channel_fit(),
        "Initiatives": _frame("initiative touch_point owner due measure start target actual", INITIATIVES).astype(
            {"due": "datetime64[s]", "start": float, "target": float, "actual": float}
        ),
    }


def _frame(columns: str, rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=columns.split())
    numbers = [c for c in frame if frame[c].map(lambda v: v is None or isinstance(v, int | float)).all()]
    return frame.astype(dict.fromkeys(numbers, float))


def _history(seed: int) -> pd.DataFrame:
    """Twelve quarters of spend, moved on purpose, and what followed."""
    rng = np.random.default_rng([seed, 13])
    today = {row[0]: row[2] for row in BUDGETS}
    dates = (np.datetime64("2023-01", "M") + 3 * np.arange(12)).astype("datetime64[D]")
    parts = []
    for unit, curve in TRUE_CURVES.items():
        low, high = (0.2, 2.6) if unit.startswith("Web") else (0.45, 1.35)
        spend = np.round(today[unit] * rng.permutation(np.linspace(low, high, 12)), -2)
        response = np.round(curve(spend) * (1 + 0.03 * rng.standard_normal(12)), 2)
        parts.append(
            pd.DataFrame({"unit": unit, "date": dates.astype("datetime64[s]"), "spend": spend, "response": response})
        )
    return pd.concat(parts, ignore_index=True)


def _sources() -> pd.DataFrame:
    rows: list[tuple[object, ...]] = [(2018.0, "Won before", np.nan, float(WON_BEFORE), np.nan, np.nan)]
    for year, won in WON.items():
        for source, (share, leads, spend) in SOURCES.items():
            many = round(share * won)
            rows.append((float(year), source, round(many * leads), float(many), round(many * spend, -1), np.nan))
    return _frame("period source leads customers spend clv", rows)


def _referrals(customers: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Some of those won by recommendation named who recommended us."""
    rng = np.random.default_rng([seed, 14])
    joined = customers.loc[customers["Source"] == "Recommendation", "customer"].to_numpy()[:60]
    others = customers.loc[customers["Source"] != "Recommendation", "customer"].to_numpy()
    brought = rng.choice(rng.choice(others, 28, replace=False), len(joined))
    return pd.DataFrame(
        {
            "customer": brought, "referred": joined, "joined_anyway": rng.random(len(joined)) < 0.25, "margin": np.nan,
            "acquisition_saved": np.nan, "reward": 50.0, "marketing": np.round(20 + 40 * rng.random(len(joined)), 2),
            "delay": rng.choice([0.0, 0.5, 1.0], len(joined)),
        }
    )  # fmt: skip


def _contacts(customers: pd.DataFrame, sales: pd.DataFrame, seed: int) -> pd.DataFrame:
    """A mailing in September 2025: who buys often and has bought lately responds."""
    rng = np.random.default_rng([seed, 15])
    day = np.datetime64("2025-09-15")
    before = sales[(sales["date"] < day) & (sales["net_revenue"] > 0)].groupby("customer")["date"]
    last, days = before.max(), before.nunique()
    asked = np.sort(rng.choice(last.index.to_numpy(), 900, replace=False))
    since = (day - last[asked].to_numpy()).astype("timedelta64[D]").astype(float)
    segment = customers.set_index("customer")["segment"][asked]
    score = -1.0 + 0.75 * np.log1p(days[asked].to_numpy()) - 0.55 * np.log1p(since)
    score += segment.map(
        {"Hospitals": 0.3, "Laboratories": 0.5, "Food producers": 0.0, "Contract cleaners": -0.6}
    ).to_numpy()
    responded = rng.random(len(asked)) < 1 / (1 + np.exp(-score))
    margin = np.where(responded, np.round(60 + 90 * rng.standard_gamma(1.6, len(asked)), 2), np.nan)
    return pd.DataFrame(
        {
            "customer": asked,
            "date": day.astype("datetime64[s]"),
            "responded": responded,
            "cost": 14.50,
            "margin": margin,
        }
    )


def _complaints(sales: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng([seed, 16])
    recent = sales.loc[sales["date"] >= np.datetime64("2025-06-01"), "customer"].dropna().unique()
    who = rng.choice(np.sort(recent.astype(str)), 24, replace=False)
    days = np.datetime64("2025-11-01") + rng.integers(0, 60, 24)
    frame = pd.DataFrame(
        {
            "date": days.astype("datetime64[s]"), "customer": who,
            "subject": np.array(SUBJECTS, dtype=object)[rng.integers(0, len(SUBJECTS), 24)],
            "success": np.round(0.35 + 0.5 * rng.random(24), 2), "cost": np.round(30 + 320 * rng.random(24), -1),
            "value_recovered": np.nan, "value_lost": np.nan,
        }
    )  # fmt: skip
    return frame.sort_values("date", kind="stable", ignore_index=True)


def _switching() -> pd.DataFrame:
    rows = []
    for investment, (margin, cost, now, after) in SWITCHING.items():
        for i, (brand, stock) in enumerate(BRANDS):
            for j, (other, _) in enumerate(BRANDS):
                first = i == j == 0
                rows.append(
                    (investment, brand, other, now[i][j], after[i][j], stock if i == j else np.nan,
                     margin if first else np.nan, cost if first else np.nan)
                )  # fmt: skip
    return pd.DataFrame(rows, columns="investment from to now after customers margin cost".split())
