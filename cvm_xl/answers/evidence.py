"""What customers say and do about prices: surveys, tests, choices, and how sales answered to price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.acceptance import NINE_OF_TEN
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.price import Bands
from cvm_xl.answers.tiers import names
from cvm_xl.book.schema import normal
from cvm_xl.book.schema import table as declared
from cvm_xl.errors import CvmError
from cvm_xl.functions.price import CVM_ELASTICITY
from cvm_xl.functions.survey import CVM_CHOICE_SHARE, CVM_CONJOINT, CVM_GABOR_GRANGER, CVM_PSM
from cvm_xl.kinds import Named, ParamsDict

__all__ = ["choices", "elasticity", "price_survey", "price_tests"]

QUESTIONS = ("too_cheap", "cheap", "expensive", "too_expensive")
FEWEST_ANSWERS = 30
ONE_MARKET = "All offers"
MEANINGS = {
    "n": "Respondents whose four prices rise",
    "inconsistent": "Respondents left out, whose four prices do not rise",
    "incomplete": "Respondents left out, who did not answer all four",
    "pmc_low": "Lowest acceptable price: as many say too cheap as say dear",
    "pme_high": "Highest acceptable price: as many say too dear as say cheap",
    "idp": "Indifference: as many say cheap as say dear",
    "opp": "Optimal price point: as many say too cheap as say too dear",
    "reach_price": "Price at which most would buy",
    "reach": "Share that would buy there",
    "revenue_price": "Price of the highest revenue",
    "revenue": "Revenue per respondent there",
}


def price_survey(facts: Facts) -> dict[str, pd.DataFrame]:
    """PricePoints and PriceCurves from PriceSurvey (CVM_PSM)."""
    frame = facts.frame("PriceSurvey")
    if frame is None:
        return {}
    points: list[tuple[str, str, float, str]] = []
    curves: list[pd.DataFrame] = []
    for product, mine in frame.groupby("product", sort=False):
        answers = [mine[name].to_numpy(dtype=float) for name in QUESTIONS]
        intents = [mine[n].to_numpy(dtype=float) for n in ("intent_cheap", "intent_expensive") if n in mine]
        asked = len(intents) == 2 and not any(np.isnan(i).any() for i in intents)
        try:
            given = CVM_PSM(*answers, *(intents if asked else ()))
        except CvmError as error:
            facts.notes.append(f"PriceSurvey of {product}: {error}")
            continue
        if float(given["n"]) < FEWEST_ANSWERS:
            facts.notes.append(
                f"PriceSurvey of {product}: only {given['n']:g} respondents; ask {FEWEST_ANSWERS} or more before a "
                "price is set by it"
            )
        points += [(str(product), k, float(given[k]), said) for k, said in MEANINGS.items() if _number(given.get(k))]
        curves.append(_shares(str(product), answers))
    if not points:
        return {}
    return {
        "PricePoints": pd.DataFrame(points, columns=["Product", "Figure", "Value", "Meaning"]),
        "PriceCurves": max(curves, key=lambda table: table.attrs["respondents"]),
    }


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not np.isnan(value)


def _shares(product: str, answers: list[np.ndarray]) -> pd.DataFrame:
    """The four curves over all prices named by those that CVM_PSM counts."""
    counted = np.all(np.diff(np.column_stack(answers), axis=1) > 0, axis=1)
    too_cheap, cheap, dear, too_dear = (np.sort(values[counted]) for values in answers)
    grid = np.unique(np.concatenate([too_cheap, cheap, dear, too_dear]))
    n = len(cheap)
    table = pd.DataFrame(
        {
            "Product": product,
            "Price": grid,
            "Too cheap": 1 - np.searchsorted(too_cheap, grid, "left") / n,
            "Cheap": 1 - np.searchsorted(cheap, grid, "left") / n,
            "Expensive": np.searchsorted(dear, grid, "right") / n,
            "Too expensive": np.searchsorted(too_dear, grid, "right") / n,
        }
    )
    table.attrs["respondents"] = n
    return table


def price_tests(facts: Facts, bands: Bands | None) -> dict[str, pd.DataFrame]:
    """BuyCurve from PriceTests (CVM_GABOR_GRANGER), at the mean unit cost of the product's bands."""
    frame = facts.frame("PriceTests")
    if frame is None:
        return {}
    cost = {} if bands is None else bands.table.groupby("Product")["Unit cost"].mean().to_dict()
    parts: list[pd.DataFrame] = []
    for product, mine in frame.groupby("product", sort=False):
        shown = mine[mine["would_buy"].notna() & mine["price"].notna()]
        if not len(shown):
            continue
        buys = shown["would_buy"].astype(float).groupby(shown["price"]).agg(["mean", "size"])
        if (fewest := int(buys["size"].min())) < FEWEST_ANSWERS:
            facts.notes.append(
                f"PriceTests of {product}: only {fewest} respondents at one of the prices; ask {FEWEST_ANSWERS} or "
                "more before a price is set by it"
            )
        prices = buys.index.to_numpy(dtype=float)
        unit = cost.get(product, np.nan)
        costs = None if np.isnan(unit) else np.full(len(prices), unit)
        given = CVM_GABOR_GRANGER(prices, buys["mean"].to_numpy(dtype=float), costs)
        table = pd.DataFrame(
            {name.capitalize(): given[name] for name in ("price", "share", "revenue", "profit", "best")}
        )
        parts.append(table.assign(Product=product, Asked=buys["size"].to_numpy()))
    return {"BuyCurve": pd.concat(parts, ignore_index=True)} if parts else {}


def choices(facts: Facts) -> tuple[dict[str, pd.DataFrame], pd.DataFrame | None]:
    """PartWorths from Choices (CVM_CONJOINT), ChoiceShares of Profiles, and the model as rows of Model."""
    frame = facts.frame("Choices")
    if frame is None:
        if facts.frame("Profiles") is not None:
            facts.notes.append("Profiles: shares follow from what customers chose; fill Choices")
        return {}, None
    known = {column.name for column in declared("Choices")}
    others = [str(name) for name in frame if name not in known]
    if not others:
        facts.notes.append("Choices has no attribute: add a column for each, its name as header")
        return {}, None
    chosen = frame["chosen"].map(lambda mark: 1.0 if mark is True or mark == 1 else 0.0)
    marks = np.column_stack([frame["task"].to_numpy(dtype=object), chosen.to_numpy(dtype=object)])
    price = frame["price"].to_numpy(dtype=float) if "price" in frame else np.zeros(len(frame))
    cells = np.column_stack([_numbers_or_texts(frame[name]) for name in others])
    try:
        given = CVM_CONJOINT(Named(marks, ["task", "chosen"]), Named(cells, others), np.nan_to_num(price))
    except CvmError as error:
        facts.notes.append(f"Choices: {error}")
        return {}, None
    worths = [name[4:] for name in given if name.startswith("wtp_")]
    beta = float(given["price"])
    rows = []
    for name in worths:
        worth, se = float(given[name]), float(given[f"se_{name}"])
        pay = float(given[f"wtp_{name}"]) if _number(given[f"wtp_{name}"]) else np.nan
        both = given.get(f"cov_{name}_price", given.get(f"cov_price_{name}", 0.0))
        # delta method of worth / -price
        spread = (se / beta) ** 2 + (worth * float(given["se_price"]) / beta**2) ** 2 - 2 * worth * both / beta**3
        error = NINE_OF_TEN * np.sqrt(max(spread, 0.0))
        rows.append((name, worth, se, pay, pay - error, pay + error))
    rows.append(("price", beta, float(given["se_price"]), np.nan, np.nan, np.nan))
    columns = ["Attribute", "Part-worth", "Standard error", "Willingness to pay", "Low", "High"]
    model = pd.DataFrame([("conjoint", k, v) for k, v in given.items()], columns=["Model", "Name", "Value"])
    return {"PartWorths": pd.DataFrame(rows, columns=columns)} | _shares_of_choice(facts, given, others), model


def _shares_of_choice(facts: Facts, model: ParamsDict, attributes: list[str]) -> dict[str, pd.DataFrame]:
    """ChoiceShares: of each market in Profiles; one that the model cannot tell is left out with a note."""
    frame = facts.frame("Profiles")
    if frame is None:
        return {}
    spelled = {normal(name): str(name) for name in frame}
    lacking = [name for name in attributes if normal(name) not in spelled]
    if lacking:
        facts.notes.append(f"Profiles lacks what Choices has: {', '.join(lacking)}; add a column for each")
        return {}
    columns = [_numbers_or_texts(frame[spelled[normal(name)]]) for name in attributes]
    price = frame["price"].to_numpy(dtype=float) if "price" in frame else np.zeros(len(frame))
    price = np.nan_to_num(price)
    cells = np.column_stack([*columns, price.astype(object)])
    markets = frame["market"] if "market" in frame else pd.Series([None] * len(frame), index=frame.index)
    markets = markets.astype(object).where(markets.notna(), ONE_MARKET).to_numpy()
    parts = []
    for market in dict.fromkeys(markets):
        mine = np.flatnonzero(markets == market)
        try:
            share = CVM_CHOICE_SHARE(model, Named(cells[mine], [*attributes, "price"]))
        except CvmError as error:
            facts.notes.append(f"Profiles of {market}: {error}")
            continue
        names = frame["offer"].to_numpy()[mine]
        shown = names if (markets == market).all() else [f"{market} / {name}" for name in names]
        part = {"Market": market, "Offer": names, "Price": price[mine], "Share": share, "Revenue": price[mine] * share}
        parts.append(pd.DataFrame(part | {"Shown": shown}))
    return {"ChoiceShares": pd.concat(parts, ignore_index=True)} if parts else {}


def _numbers_or_texts(column: pd.Series) -> np.ndarray:
    """An attribute's cells: numbers where all of them are, else texts; None where empty."""
    numbers = pd.to_numeric(column, errors="coerce")
    taken = numbers if numbers.notna().sum() == column.notna().sum() else column
    return taken.astype(object).where(column.notna(), None).to_numpy()


def elasticity(facts: Facts, bands: Bands) -> pd.DataFrame:
    """How the units of each product with a band answered to its net price, period by period.

    A trend is allowed for, and promotions: the share of the period's lines that the analyst's column Promotion marks.
    """
    table = bands.table
    months = 1 if facts.settings["elasticity_by"] == "month" else 3
    periods = facts.prices_over_time(set(table["Product"]), months)
    rows = []
    for code in dict.fromkeys(table["Product"]):
        mine = periods[periods["product"] == code]
        if mine.empty:
            continue
        mine = mine[(mine["units"] > 0) & (mine["net"] > 0)]
        # Cents that revenue was rounded to are no change of price.
        units = mine["units"].to_numpy()
        price = (mine["net"] / mine["units"]).round(facts.decimals + 2).to_numpy()
        own = table[(table["Product"] == code) & table["Unit cost"].notna()]
        cost = float(own["Unit cost"].mean()) if len(own) else None
        today = float(mine["net"].sum() / units.sum()) if len(mine) else np.nan
        allowed = {"trend": mine["period"].to_numpy(dtype=float) - (mine["period"].min() if len(mine) else 0)}
        if mine["promotion"].nunique() > 1:
            allowed["promotion"] = mine["promotion"].to_numpy()
        others = Named(np.column_stack(list(allowed.values())).astype(object), list(allowed))
        try:
            given = CVM_ELASTICITY(price, units, cost if cost and cost > 0 else None, others)
        except CvmError as error:
            rows.append((code, len(mine), *[np.nan] * 8, today, str(error)))
            continue
        moved = [float(np.expm1(given[name])) if name in given else np.nan for name in ("trend", "promotion")]
        e, se = float(given["elasticity"]), float(given["se"])
        low, high = e - NINE_OF_TEN * se, e + NINE_OF_TEN * se
        says = (
            "Says nothing: prices hardly moved, or other things moved volume more"
            if low < 0 < high
            else "Volume rose with price: something else moved both"
            if e > 0
            else "Demand reacts: each 1% of price moves volume by more than 1%"
            if high < -1
            else "Volume falls with price; by how much is not sure enough to set a price"
            if low < -1
            else "Demand hardly reacts"
        )
        best = given["best_price"] if high < -1 and _number(given["best_price"]) else np.nan
        if best < today < own["Target"].min():
            says += "; but offers were accepted at more: raise in small steps, and watch the volume"
        rows.append((code, len(mine), e, se, low, high, float(given["r2"]), *moved, best, today, says))
    columns = (
        "Product Periods Elasticity Standard_error Low High R2 Trend Promotion Best_price Price_today Reading".split()
    )
    found = pd.DataFrame(rows, columns=[name.replace("_", " ") for name in columns])
    found["Name"] = names(facts, "Products", "product", list(found["Product"]))
    return found
