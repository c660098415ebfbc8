"""What to do with prices: the next round, the customers to talk to first, and what cost-plus pricing misses."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.acceptance import NINE_OF_TEN, accepted, satisfaction
from cvm_xl.answers.costs import Costs
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.price import Bands, Units, band, both
from cvm_xl.answers.tiers import names
from cvm_xl.figures import figure
from cvm_xl.functions.price import CVM_COST_PLUS_GAP, CVM_PRICE_STEP

__all__ = ["acceptance_curve", "bound_until", "cost_plus", "customer_bands", "gap_bars", "price_plan", "talk_first"]

TOTAL = "Total"
BARS = 12
POINTS = 61
SAID = 3  # prices that a talk begins with


def price_plan(facts: Facts, bands: Bands) -> pd.DataFrame:
    """The next price of each row with a price today and a target, the most money first."""
    rows = bands.table["Price today"].notna().to_numpy() & bands.table["Target"].notna().to_numpy()
    table = bands.table.loc[rows, ["Segment", "Product", "Name", "Price today", "Target"]].copy()
    today, target = (table[name].to_numpy(dtype=float) for name in ("Price today", "Target"))
    cost, units = (bands.table.loc[rows, name].to_numpy(dtype=float) for name in ("Unit cost", "Units a year"))
    verdict = bands.table.loc[rows, "Verdict"].str.split(":").str[0].to_numpy(dtype=object)
    bound = _bound_share(facts, table)
    proposed = _step(facts, today, target)
    proposed = np.where(bound >= 1, today, proposed)
    table["Proposed"] = proposed
    table["Change"] = proposed / today - 1
    table["Bound"] = bound
    curves = bands.curves.rows(rows)
    kept = {errors: curves.kept(today, proposed, errors) for errors in (-NINE_OF_TEN, 0.0, NINE_OF_TEN)}
    table["Volume change"] = kept[0.0] - 1
    ends = {e: (1 - bound) * units * ((proposed - cost) * k - (today - cost)) for e, k in kept.items()}
    ordered = np.sort(np.column_stack([ends[-NINE_OF_TEN], ends[0.0], ends[NINE_OF_TEN]]), axis=1)
    table["Profit low"], table["Profit high"] = ordered[:, 0], ordered[:, 2]
    table["Profit change"] = ends[0.0]
    for name in ("Profit low", "Profit change", "Profit high"):
        table[name] = table[name].round(facts.decimals)
    point = facts.settings["price_point"]
    near = 0.5 * point if point else 0.005 * today
    table["Why"] = np.select(
        [
            bound >= 1,
            np.isclose(proposed, today, rtol=1e-9) & (np.abs(target - today) <= near),
            np.isclose(proposed, today, rtol=1e-9),
            np.abs(proposed - target) <= near,
            proposed > today,
        ],
        [
            "All units are bound by contracts: wait for their end",
            "At target: hold",
            "No price point within the greatest change: hold",
            verdict + ": to the target in one step",
            verdict + f": up, {facts.settings['greatest_price_change']:.0%} at most in one round",
        ],
        verdict + f": down, {facts.settings['greatest_price_change']:.0%} at most in one round",
    )
    costs = (table["Profit change"] < 0).to_numpy()
    table["Why"] = np.where(
        costs, table["Why"] + "; costs profit at once, to keep customers who pay too much", table["Why"]
    )
    order = np.argsort(-table["Profit change"].fillna(-np.inf).to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def customer_bands(facts: Facts, costs: Costs, bands: Bands) -> pd.DataFrame:
    """Bands of the customers with most money in their prices, as many as Settings ask for."""
    customer, product, segment = (facts.dimensions[name] for name in ("Customer", "Product", "Segment"))
    assert segment.of is not None
    pair = customer.crossed(product)
    units = Units(facts, costs, pair)
    row_of = {key: i for i, key in enumerate(zip(bands.table["Segment"], bands.table["Product"], strict=True))}
    of = dict(zip(customer.items[:-1], np.array(segment.items, dtype=object)[segment.of[:-1]], strict=True))
    found = [
        (code, row, who)
        for (who, what), code in both(pair, customer, product).items()
        if who in of and units.units(code) and (row := row_of.get((of[who], what))) is not None
    ]
    if not found:
        return pd.DataFrame()
    keys, at, people = zip(*found, strict=True)
    at = np.array(at)
    table = bands.table.iloc[at][["Segment", "Product", "Reference", "EVC"]].reset_index(drop=True)
    table["Customer"] = people
    known = satisfaction(facts)
    frame = facts.frame("Customers")
    own = {} if frame is None or "satisfaction" not in frame else frame.set_index("customer")["satisfaction"].to_dict()
    scores = np.array([own.get(c, np.nan) for c in table["Customer"]], dtype=float)
    means = np.array([known.get(s, known.get("", np.nan)) for s in table["Segment"]], dtype=float)
    scores = np.where(np.isnan(scores), means, scores)
    table["Satisfaction"] = scores
    table["Units a year"] = np.array([units.units(c) for c in keys]) / bands.years
    table["Unit cost"] = np.array([units.cost(c) for c in keys]).round(facts.decimals + 2)
    table["Price today"] = np.array([units.price(c) for c in keys]).round(facts.decimals + 2)
    curves = accepted(list(table["Product"]), list(table["Segment"]), np.nan_to_num(scores), bands.models)
    share = float(facts.settings["fair_share"])
    table = band(table, curves, bands.margin[at], bands.incentive[at], bands.future[at], share)
    today, cost = (table[name].to_numpy(dtype=float) for name in ("Price today", "Unit cost"))
    proposed = _step(facts, today, table["Target"].to_numpy(dtype=float))
    until = bound_until(facts, list(table["Customer"]), list(table["Product"]))
    table["Bound until"] = until
    proposed = np.where(pd.isna(until), proposed, today)
    table["Proposed"] = proposed
    kept = curves.kept(today, proposed)
    change = table["Units a year"].to_numpy() * ((proposed - cost) * kept - (today - cost))
    table["Profit change"] = change.round(facts.decimals)
    money = table["Profit change"].abs().groupby(table["Customer"]).sum()
    table["Customer's money"] = table["Customer"].map(money).round(facts.decimals)
    first = money[money > 0].sort_values(ascending=False, kind="stable").index[: facts.settings["customer_bands"]]
    table["Rank"] = table["Customer"].map({c: i + 1 for i, c in enumerate(first)})
    table = table[table["Rank"].notna()].astype({"Rank": int})
    table = table.assign(_size=-table["Profit change"].abs()).sort_values(["Rank", "_size"], kind="stable")
    table["Name"] = names(facts, "Customers", "customer", list(table["Customer"]))
    return table.drop(columns="_size").reset_index(drop=True)


def talk_first(facts: Facts, bands: pd.DataFrame) -> pd.DataFrame:
    """A row for each customer of CustomerBands, with the prices that matter most to say."""
    rows = []
    for rank, mine in bands.groupby("Rank", sort=True):
        one = mine.iloc[0]
        changed = mine[mine["Proposed"].notna() & (mine["Proposed"] != mine["Price today"])]
        up = changed["Proposed"] > changed["Price today"]
        moves = changed.head(SAID)[["Product", "Price today", "Proposed"]].itertuples(index=False, name=None)
        texts = [
            f"{product} {figure(today, facts.decimals)} to {figure(new, facts.decimals)}"
            for product, today, new in moves
        ]
        ends = mine["Bound until"].dropna()
        if not texts:
            texts = ["Nothing yet: all prices are bound"] if len(ends) else ["Prices hold"]
        rows.append(
            {
                "Rank": rank,
                **{name: one[name] for name in ("Customer", "Name", "Segment", "Satisfaction")},
                "Prices up": int(up.sum()),
                "Prices down": int((~up).sum()),
                "Prices bound": len(ends),
                "Bound until": ends.max() if len(ends) else pd.NaT,
                "Profit change": round(float(mine["Profit change"].sum()), facts.decimals),
                "Customer's money": one["Customer's money"],
                "Talk of": "; ".join(texts),
            }
        )
    return pd.DataFrame(rows)


def cost_plus(facts: Facts, bands: Bands) -> pd.DataFrame:
    """What the markup of Settings gives away and loses a year, per row and in total."""
    rows = bands.table["Target"].notna().to_numpy() & (bands.table["Units a year"] > 0).to_numpy()
    columns = ["Segment", "Product", "Name", "Unit cost", "Floor", "Target", "Ceiling"]
    table = bands.table.loc[rows, columns].reset_index(drop=True)
    if not len(table):
        return table
    accepts = bands.curves.at(bands.table["Price today"].to_numpy(dtype=float))[rows]
    offers = bands.table["Units a year"].to_numpy(dtype=float)[rows] / np.where(np.isnan(accepts), 1.0, accepts)
    table["Offers a year"] = offers
    for name in ("Cost plus", "Given away", "Lost"):
        table[name] = np.nan
    known = bands.curves.known[rows]
    for with_slope in (True, False):
        mine = np.flatnonzero(known == with_slope)
        if not len(mine):
            continue
        gap = CVM_COST_PLUS_GAP(
            table["Unit cost"].to_numpy()[mine],
            np.full(len(mine), float(facts.settings["markup"])),
            *(table[name].to_numpy()[mine] for name in ("Floor", "Target", "Ceiling")),
            intercept=bands.curves.intercept[rows][mine] if with_slope else None,
            slope=bands.curves.slope[rows][mine] if with_slope else None,
        )
        table.loc[mine, "Cost plus"] = gap["cost_plus"]
        for name in ("Given away", "Lost"):
            amounts = gap[name.lower().replace(" ", "_")] * offers[mine]
            table.loc[mine, name] = amounts.round(facts.decimals)
    order = np.argsort(-(table["Given away"] + table["Lost"]).to_numpy(), kind="stable")
    total = {name: round(float(table[name].sum()), facts.decimals) for name in ("Given away", "Lost")}
    first = pd.DataFrame([{"Segment": TOTAL, "Product": None, **total}])
    return pd.concat([first, table.iloc[order]], ignore_index=True)


def gap_bars(gap: pd.DataFrame) -> pd.DataFrame:
    """The rows of CostPlusGap with most money, for the chart."""
    rows = gap[gap["Segment"] != TOTAL].head(BARS)
    rows = rows[rows["Given away"] + rows["Lost"] > 0]
    return pd.DataFrame(
        {"Offer": rows["Segment"] + " / " + rows["Product"], "Given away": rows["Given away"], "Lost": rows["Lost"]}
    ).reset_index(drop=True)


def acceptance_curve(bands: Bands) -> pd.DataFrame:
    """Acceptance and expected profit over price of the row with most money; empty where acceptance is not known."""
    table = bands.table
    able = bands.curves.known & table["Target"].notna().to_numpy() & table["Price today"].notna().to_numpy()
    if not able.any():
        return pd.DataFrame()
    row = int(np.flatnonzero(able)[0])
    first = table.iloc[row]
    marks = [float(first["Target"]), float(first["Price today"])]
    low, high = min(float(first["Unit cost"]), *marks), max(float(first["Ceiling"]), *marks)
    price = np.unique([*np.linspace(0.9 * low, 1.15 * high, POINTS), *marks])
    accepts = bands.curves.rows(np.full(len(price), row)).at(price)
    profit = (price - float(first["Unit cost"])) * accepts
    return pd.DataFrame(
        {
            "Offer": f"{first['Segment']} / {first['Product']}",
            "Price": price,
            "Acceptance": accepts,
            "Expected profit": profit,
            "Target": np.where(price == marks[0], profit, np.nan),
            "Price today": np.where(price == marks[1], profit, np.nan),
        }
    )


def _step(facts: Facts, today: np.ndarray, target: np.ndarray) -> np.ndarray:
    point = facts.settings["price_point"]
    step = CVM_PRICE_STEP(
        today,
        target,
        np.full(len(today), float(facts.settings["greatest_price_change"])),
        np.full(len(today), float(point)) if point else None,
    )
    return step.round(facts.decimals + 2)


def bound_until(facts: Facts, customers: list[str], products: list[str]) -> np.ndarray:
    """Day until which a contract binds the price of each customer and product after the last sale, else NaT."""
    until = np.full(len(customers), np.datetime64("NaT"), dtype="datetime64[s]")
    contracts = facts.frame("Contracts")
    if contracts is None:
        return until
    _, last = facts.days
    ends: dict[tuple[str, object], np.datetime64] = {}
    for row in contracts.to_dict("records"):
        product = row.get("product")
        key = (row["customer"], None if product is None or product != product else product)
        end = np.datetime64(row["until"], "s")
        if not np.isnat(end) and end > last and (key not in ends or end > ends[key]):
            ends[key] = end
    for i, (customer, product) in enumerate(zip(customers, products, strict=True)):
        mine = [ends[key] for key in ((customer, product), (customer, None)) if key in ends]
        if mine:
            until[i] = max(mine)
    return until


def _bound_share(facts: Facts, table: pd.DataFrame) -> np.ndarray:
    """Share of each row's units that a contract binds."""
    customer, product, segment = (facts.dimensions[name] for name in ("Customer", "Product", "Segment"))
    if facts.frame("Contracts") is None:
        return np.zeros(len(table))
    lines = facts.paid_prices(set(table["Product"]))
    who, what = ([d.items[i] for i in lines[n]] for d, n in ((customer, "customer"), (product, "product")))
    assert segment.of is not None
    lines["Segment"] = [segment.items[segment.of[i]] for i in lines["customer"]]
    lines["Product"] = what
    lines["bound"] = np.where(np.isnat(bound_until(facts, who, what)), 0.0, lines["units"])
    sums = lines.groupby(["Segment", "Product"])[["bound", "units"]].sum()
    share = (sums["bound"] / sums["units"]).to_dict()
    return np.array([share.get(key, 0.0) for key in zip(table["Segment"], table["Product"], strict=True)])
