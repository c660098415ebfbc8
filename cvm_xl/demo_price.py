"""The generated company's prices: how sure its value drivers are, contracts, what surveys and rivals say."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["SETTINGS", "attributes", "choices", "contracts", "price_survey", "price_tests", "profiles", "ranged"]

SETTINGS = {
    "Markup": 0.45,
    "Price point": 0.05,
    "Customer bands": 40,
    "Elasticity by": "month",
    "What if": "Hospitals / PW-500; Laboratories / LC-400; Contract cleaners / DX-100; Hospitals / DX-140",
}
SURE = {  # least and most as shares of the amount, confidence
    "Quotes seen by sales": (0.95, 1.05, 0.9), "Trial at the customer": (0.9, 1.1, 0.9), "Lab report": (0.9, 1.05, 0.9),
    "Usage data": (0.85, 1.1, 0.9), "Customer's figures": (0.8, 1.1, 0.8), "Interviews": (0.6, 1.25, 0.7),
    "Sales estimate": (0.4, 1.2, 0.6),
}  # fmt: skip
AREA = {  # of value drivers that are not the product itself
    "Next-day delivery": "service", "Secured supply": "service", "Time to result": "time", "Staff time": "time",
    "Documents for audits": "service", "Records for audits": "service", "Safer handling": "experience",
    "Skin tolerance": "experience", "Kind to surfaces": "upkeep", "Switching and training": "switching",
    "Second supplier to manage": "time",
}  # fmt: skip
RIVALS = ("Market leader", "Wholesaler", "Web discounter")
SEEN = {  # our score, then the rivals'
    "Works in practice": (8.6, 8.2, 6.4, 6.0),
    "Advice and service": (8.9, 7.0, 5.2, 3.1),
    "Documents for audits": (8.8, 8.5, 5.0, 4.0),
    "Delivery on time": (7.6, 8.0, 8.2, 7.9),
    "Easy to order": (6.9, 7.8, 7.2, 9.1),
}
IMPORTANCE = {  # in the order above; then our price and the rivals' for the same basket
    "Hospitals": ((25, 22, 28, 15, 10), (103, 108, 91, 84)),
    "Laboratories": ((35, 15, 25, 15, 10), (106, 107, 92, 86)),
    "Food producers": ((25, 30, 20, 15, 10), (102, 106, 92, 85)),
    "Contract cleaners": ((15, 10, 5, 35, 35), (99, 106, 90, 82)),
}
SURVEYED = {"DX-100": 50.0, "EQ-600": 390.0}


def ranged(values: pd.DataFrame) -> pd.DataFrame:
    """Value drivers with the range that their evidence allows."""
    low, high, confidence = (np.array([SURE[why][i] for why in values["evidence"]]) for i in range(3))
    amount = values["amount"].to_numpy(dtype=float)
    area = values["driver"].map(AREA).fillna("product").mask(values["kind"] == "reference", None)
    ends = np.floor(amount * low * 100) / 100, np.ceil(amount * high * 100) / 100
    return values.assign(low=ends[0], high=ends[1], confidence=confidence, area=area)


def contracts(customers: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Some hospitals and food producers have a frame contract for gloves, others for everything."""
    rng = np.random.default_rng([seed, 1])
    large = customers.loc[customers["segment"].isin(["Hospitals", "Food producers"]), "customer"].to_numpy()
    bound = np.sort(rng.choice(large, 90, replace=False))
    product = np.where(rng.random(90) < 0.6, "PW-500", None)
    months = rng.integers(-2, 13, 90).astype("timedelta64[M]")
    until = (np.datetime64("2026-01", "M") + months).astype("datetime64[D]") - np.timedelta64(1, "D")
    return pd.DataFrame({"customer": bound, "product": product, "until": until.astype("datetime64[s]")})


def attributes() -> pd.DataFrame:
    """How the segments see the company and three rivals."""
    rows = [
        (segment, name, float(weight), *seen)
        for segment, (weights, _) in IMPORTANCE.items()
        for (name, seen), weight in zip(SEEN.items(), weights, strict=True)
    ]
    rows += [(segment, "Price", np.nan, *map(float, prices)) for segment, (_, prices) in IMPORTANCE.items()]
    return pd.DataFrame(rows, columns=["segment", "attribute", "importance", "own", *RIVALS])


def price_survey(seed: int) -> pd.DataFrame:
    """120 respondents for each of two products; one in twenty names prices out of order."""
    rng = np.random.default_rng([seed, 2])
    parts = []
    for product, middle in SURVEYED.items():
        level = middle * np.exp(0.16 * rng.standard_normal(120))
        steps = np.exp(np.cumsum(0.06 + 0.16 * rng.random((120, 3)), axis=1))
        prices = np.column_stack([np.ones(120), steps]) * (0.72 * level)[:, None]
        mixed = rng.random(120) < 0.05
        prices[mixed] = prices[mixed][:, [1, 0, 2, 3]]
        cheap = np.clip(np.rint(4.4 + 0.6 * rng.standard_normal(120)), 1, 5)
        dear = np.clip(np.rint(cheap - 1.3 + 0.7 * rng.standard_normal(120)), 1, 5)
        rounded = np.round(prices * 2) / 2 if middle < 100 else np.round(prices / 5) * 5
        frame = pd.DataFrame(rounded, columns=["too_cheap", "cheap", "expensive", "too_expensive"])
        frame.insert(0, "product", product)
        frame.insert(0, "respondent", [f"R{i:03d}" for i in range(1, 121)])
        parts.append(frame.assign(intent_cheap=cheap, intent_expensive=dear))
    return pd.concat(parts, ignore_index=True)


def price_tests(seed: int) -> pd.DataFrame:
    """Each respondent sees five prices of each product and buys up to what it is worth."""
    rng = np.random.default_rng([seed, 3])
    rows = []
    for product, middle in SURVEYED.items():
        worth = middle * np.exp(0.18 * rng.standard_normal(100))
        for i, most in enumerate(worth, 1):
            for price in middle * np.array([0.8, 0.9, 1.0, 1.1, 1.25]):
                rows += [(f"R{i:03d}", product, round(price, 2), bool(price <= most))]
    return pd.DataFrame(rows, columns=["respondent", "product", "price", "would_buy"])


def choices(seed: int) -> pd.DataFrame:
    """60 respondents choose ten times between two dosing services and none (multinomial logit)."""
    rng = np.random.default_rng([seed, 4])
    rows = []
    for task in range(600):
        response = rng.choice(["same day", "two days"], 2)
        records = rng.choice(["paper", "online"], 2)
        visits = rng.choice([1.0, 2.0, 4.0], 2)
        price = rng.choice([120.0, 150.0, 180.0, 220.0], 2)
        liked = 1.1 * (response == "same day") + 0.5 * (records == "online") + 0.35 * visits - 0.016 * price + 1.2
        liked = np.append(liked, 0.0) + rng.gumbel(size=3)
        best = int(np.argmax(liked))
        name = f"R{task // 10 + 1:02d}-{task % 10 + 1}"
        rows += [(name, best == k, price[k], response[k], records[k], visits[k]) for k in range(2)]
        rows.append((name, best == 2, np.nan, None, None, np.nan))
    return pd.DataFrame(rows, columns=["task", "chosen", "price", "Response", "Records", "Visits a year"])


def profiles() -> pd.DataFrame:
    """The dosing service against two rivals': as it is, and with an answer on the same day."""
    rivals = [
        ("Market leader", 180.0, "same day", "online", 2.0),
        ("Web discounter", 120.0, "two days", "online", 1.0),
        ("No service", np.nan, None, None, np.nan),
    ]
    ours = {
        "As it is": ("We", 150.0, "two days", "paper", 2.0),
        "Same day, online, 20 dearer": ("We", 170.0, "same day", "online", 2.0),
    }
    rows = [(market, *offer) for market, mine in ours.items() for offer in (mine, *rivals)]
    return pd.DataFrame(rows, columns=["market", "offer", "price", "Response", "Records", "Visits a year"])
