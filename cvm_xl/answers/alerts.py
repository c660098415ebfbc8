"""What crossed a threshold, and what changed since the last refresh: Alerts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.potential import owners
from cvm_xl.answers.price import period
from cvm_xl.answers.tiers import names, tier_names
from cvm_xl.figures import figure, renewed

__all__ = ["NEW", "OVER", "PAIR", "STANDING", "alert_summary", "alerts"]

TIER, LEAVING, SERVE, FLOOR = "Tier fell", "May have left", "Costly to serve", "Price below floor"
NEXT = {
    TIER: "Ask why: what it bought less of, what serving it cost more",
    LEAVING: "Call it: it has not bought for longer than is usual for it",
    SERVE: "See Adjustments: which cost can be cut, which price raised",
    FLOOR: "Raise the price at the next chance (PricePlan), or stop offering it",
}
NEW, STANDING, OVER = "new", "standing", "over"
PAIR = " / "  # between segment and product
TEXTS = ["Before", "Now", "Threshold"]
COLUMNS = ["Alert", "Object", *TEXTS, "At stake"]


def alerts(facts: Facts, tables: Mapping[str, pd.DataFrame], former: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The table Alerts, new ones first and within each status the most money.

    `former` are Tiers and Alerts of the last refresh. What fell a tier stands until it is back; an alert that stands no
    more is over, once. Where no figure changed the news stay: to refresh twice is to refresh once.
    """
    last = _renewed(former.get("Alerts", pd.DataFrame(columns=["Status", *COLUMNS])))
    past = last[last["Status"] != OVER].drop_duplicates(["Alert", "Object"]).set_index(["Alert", "Object"])
    tiers = tables["Tiers"]
    now = pd.concat(
        [
            _fallen(facts, tiers, former.get("Tiers"), past),
            _leaving(facts, tiers, tables.get("Lifetime")),
            _costly(facts, tiers),
            _below(facts, tables.get("PriceBands")),
        ],
        ignore_index=True,
    )
    keys = pd.MultiIndex.from_frame(now[["Alert", "Object"]])
    now["At stake"] = now["At stake"].astype(float).round(facts.decimals)
    there, known = keys.isin(past.index), past.reindex(keys)
    same = len(past) == len(now) and there.all() and _same(now, known)
    now.insert(0, "Status", known["Status"].to_numpy() if same else np.where(there, STANDING, NEW))
    before = known["Before" if same else "Now"].to_numpy(dtype=object)
    now["Before"] = np.where((now["Alert"] == TIER) | pd.isna(before), now["Before"].to_numpy(dtype=object), before)
    gone = past[~past.index.isin(keys)].reset_index()
    over = pd.DataFrame({"Status": OVER, "Alert": gone["Alert"], "Object": gone["Object"], "Before": gone["Now"]})
    over = last.loc[last["Status"] == OVER, ["Status", "Alert", "Object", "Before"]] if same else over
    table = pd.concat([now, over], ignore_index=True) if len(over) else now
    objects = list(table["Object"])
    goods = [text.rpartition(PAIR)[2] for text in objects]
    people, offered = names(facts, "Customers", "customer", objects), names(facts, "Products", "product", goods)
    table["Name"] = np.where(table["Alert"] == FLOOR, offered, people)
    table["Owner"] = owners(facts, objects)
    table["What to do"] = np.where(table["Status"] == OVER, "Nothing: no alert any more", table["Alert"].map(NEXT))
    order = np.lexsort([-table["At stake"].fillna(0.0), pd.Categorical(table["Status"], [NEW, STANDING, OVER]).codes])
    return table.iloc[order].reset_index(drop=True)


def _renewed(last: pd.DataFrame) -> pd.DataFrame:
    """Alerts of the last refresh with their prices as they are written now."""
    others = last["Alert"] != FLOOR
    return last.assign(**{name: last[name].where(others, last[name].map(renewed)) for name in TEXTS})


def _same(now: pd.DataFrame, known: pd.DataFrame) -> bool:
    """Whether alerts say what they said at the last refresh."""
    texts = all((now[name].to_numpy() == known[name].to_numpy()).all() for name in ("Now", "Threshold"))
    return texts and bool(np.allclose(now["At stake"], known["At stake"].astype(float), atol=1e-9))


def alert_summary(table: pd.DataFrame) -> pd.DataFrame:
    """The table AlertSummary: how many of each kind."""
    counts = pd.crosstab(table["Alert"], table["Status"]).reindex(columns=[NEW, STANDING, OVER], fill_value=0)
    found = pd.DataFrame({"Alert": list(NEXT)})
    for name in (NEW, STANDING, OVER):
        found[name.capitalize()] = found["Alert"].map(counts[name]).fillna(0).astype(int)
    found["At stake"] = found["Alert"].map(table.groupby("Alert")["At stake"].sum()).fillna(0.0).round(6)
    return found


def _frame(kind: str, objects: pd.Series, texts: dict[str, list[str]], money: np.ndarray) -> pd.DataFrame:
    nothing = [None] * len(objects)
    given = {name: texts.get(name, nothing) for name in ("Before", "Now", "Threshold")}
    table = pd.DataFrame({"Alert": kind, "Object": objects.to_numpy(dtype=object), **given, "At stake": money})
    return table.astype(dict.fromkeys(("Alert", "Object", *given), object))


def _fallen(facts: Facts, tiers: pd.DataFrame, before: pd.DataFrame | None, past: pd.DataFrame) -> pd.DataFrame:
    """Customers in a lower tier than at the last refresh, or than when they were first named."""
    rank = {name: i for i, name in enumerate(tier_names(facts))}
    was = {} if before is None else dict(zip(before["Customer"].astype(str), before["Tier"], strict=True))
    earned = {} if before is None else dict(zip(before["Customer"].astype(str), before["Profit"], strict=True))
    stands = past.loc[TIER] if TIER in past.index.get_level_values(0) else past.iloc[:0].droplevel(0)
    was |= stands["Before"].to_dict()
    old = tiers["Customer"].map(was)
    fell = (old.map(rank) < tiers["Tier"].map(rank)).to_numpy()
    mine = tiers[fell]
    lost = (mine["Customer"].map(earned).astype(float) - mine["Profit"].astype(float)) / period(facts)
    said = mine["Customer"].map(stands["At stake"]).to_numpy(dtype=float)
    lost = np.where(np.isnan(said), np.maximum(np.nan_to_num(lost.to_numpy(dtype=float)), 0.0), said)
    texts = {"Before": list(old[fell]), "Now": list(mine["Tier"]), "Threshold": ["one tier"] * len(mine)}
    return _frame(TIER, mine["Customer"], texts, lost)


def _leaving(facts: Facts, tiers: pd.DataFrame, lifetime: pd.DataFrame | None) -> pd.DataFrame:
    """Customers with a profit who are less likely alive than Settings allow."""
    least = float(facts.settings["alert_p_alive"])
    if lifetime is None:
        return _frame(LEAVING, pd.Series(dtype=object), {}, np.zeros(0))
    profit = lifetime["Customer"].map(tiers.set_index("Customer")["Profit"]).to_numpy(dtype=float)
    low = ((lifetime["P(alive)"] < least) & (profit > 0)).to_numpy()
    mine = lifetime[low]
    texts = {"Now": [f"{p:.0%}" for p in mine["P(alive)"]], "Threshold": [f"{least:.0%}"] * len(mine)}
    return _frame(LEAVING, mine["Customer"], texts, profit[low] / period(facts))


def _costly(facts: Facts, tiers: pd.DataFrame) -> pd.DataFrame:
    """Customers whose cost to serve takes more of their revenue than Settings allow."""
    most = float(facts.settings["alert_cost_to_serve"])
    revenue, serve = (tiers[name].to_numpy(dtype=float) for name in ("Revenue", "Cost to serve"))
    high = (revenue > 0) & (serve > most * revenue)
    share = serve[high] / revenue[high]
    texts = {"Now": [f"{s:.0%}" for s in share], "Threshold": [f"{most:.0%}"] * int(high.sum())}
    return _frame(SERVE, tiers["Customer"][high], texts, (serve - most * revenue)[high] / period(facts))


def _below(facts: Facts, bands: pd.DataFrame | None) -> pd.DataFrame:
    """Segments and products that pay less than the floor of their band."""
    if bands is None:
        return _frame(FLOOR, pd.Series(dtype=object), {}, np.zeros(0))
    today, floor, units = (bands[name].to_numpy(dtype=float) for name in ("Price today", "Floor", "Units a year"))
    low = today < floor
    mine = bands[low]
    texts = {
        "Now": [figure(price, facts.decimals) for price in today[low]],
        "Threshold": [figure(price, facts.decimals) for price in floor[low]],
    }
    return _frame(FLOOR, mine["Segment"] + PAIR + mine["Product"], texts, ((floor - today) * units)[low])
