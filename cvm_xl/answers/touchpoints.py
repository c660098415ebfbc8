"""Touch-points and channels: what each brings and costs, the cheapest mix that still serves, and the initiatives."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cvm_xl.answers.costs import Costs
from cvm_xl.answers.dimensions import TIER
from cvm_xl.answers.facts import Facts
from cvm_xl.answers.lifetime import last_day
from cvm_xl.errors import CvmError
from cvm_xl.functions.growth import CVM_CHANNEL_MIX, CVM_TOUCHPOINTS
from cvm_xl.kinds import Named

__all__ = ["channel_costs", "touchpoints"]

SOON = 30  # days before it is due in which an initiative presses
STATUS = ("overdue", f"due within {SOON} days", "not measured", "under way", "reached")


def touchpoints(facts: Facts, costs: Costs) -> dict[str, pd.DataFrame]:
    """TouchPointValue, ChannelPlan and InitiativeStatus, each where its input table is filled."""
    tables: dict[str, pd.DataFrame] = {}
    register = facts.frame("TouchPoints")
    if register is not None and "potential" in register and register["potential"].notna().any():
        tables["TouchPointValue"] = _register(facts, costs, register)
    if facts.frame("ChannelFit") is not None:
        tables["ChannelPlan"] = _mix(facts, costs)
    if facts.frame("Initiatives") is not None:
        tables["InitiativeStatus"] = _initiatives(facts)
    return {name: table for name, table in tables.items() if len(table)}


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy(dtype=float) if name in frame else np.full(len(frame), np.nan)


def _register(facts: Facts, costs: Costs, frame: pd.DataFrame) -> pd.DataFrame:
    """Each touch-point with a potential; margin and cost from sales and cost pools where they are not entered."""
    point = facts.dimensions["Touch-point"]
    n = len(point.items)
    sums = facts.sums(point)
    revenue, gross = sums.net_revenue, sums.net_revenue - sums.cost_of_goods
    overall = gross.sum() / revenue.sum() if revenue.sum() else 0.0
    own = np.divide(gross, revenue, out=np.full(n, overall), where=revenue > 0)
    borne = costs.of(point)[:, _selling(costs)].sum(axis=1) if costs.pools else np.zeros(n)
    at = frame["touch_point"].map({name: i for i, name in enumerate(point.items[:-1])})
    margin, cost = _numbers(frame, "margin"), _numbers(frame, "cost")
    margin = np.where(np.isnan(margin), at.map(dict(enumerate(own))).fillna(overall).to_numpy(), margin)
    cost = np.where(np.isnan(cost), at.map(dict(enumerate(borne))).fillna(0.0).to_numpy(), cost).round(facts.decimals)
    given = {name: _numbers(frame, name) for name in ("potential", "reach", "capture")}
    able = ~np.isnan(np.column_stack(list(given.values()))).any(axis=1)
    if not able.all():
        left = ", ".join(map(str, frame["touch_point"][~able]))
        facts.notes.append(f"TouchPointValue: potential, reach and capture are needed; left out: {left}")
    if not able.any():
        return pd.DataFrame()
    arrays = [given[name][able] for name in given]
    found = CVM_TOUCHPOINTS(*arrays, margin[able], cost[able])
    table = pd.DataFrame(
        {
            "Touch-point": frame["touch_point"].to_numpy()[able],
            "Phase": frame["phase"].to_numpy()[able] if "phase" in frame else None,
            "Potential": arrays[0],
            "Reach": arrays[1],
            "Capture": arrays[2],
            "Margin": margin[able],
            "Cost": cost[able],
            "Expected value": np.asarray(found["expected_value"], dtype=float).round(facts.decimals),
            "Return": found["return"],
            "Rank": found["rank"],
        }
    )
    return table.sort_values("Rank", kind="stable", ignore_index=True)


def channel_costs(facts: Facts, costs: Costs) -> pd.DataFrame:
    """Cost to sell and cost to serve of each channel; orders of several channels count in each."""
    channel = facts.dimensions["Channel"]
    n = len(channel.items)
    if n == 1:
        return pd.DataFrame()
    orders = facts.orders_of(channel)
    borne = costs.of(channel) if costs.pools else np.zeros((n, 0))
    sell = _selling(costs)
    serve = np.array([pool.layer in ("pocket", "serve") for pool in costs.pools], dtype=bool)
    table = pd.DataFrame(
        {
            "Channel": channel.items,
            "Orders": orders,
            "Net revenue": facts.sums(channel).net_revenue,
            "Cost to sell": borne[:, sell].sum(axis=1).round(facts.decimals),
            "Cost to serve": borne[:, serve].sum(axis=1).round(facts.decimals),
        }
    )
    table = table[table["Orders"] > 0].reset_index(drop=True)
    for kind in ("sell", "serve"):
        table[f"{kind.capitalize()} an order"] = (table[f"Cost to {kind}"] / table["Orders"]).round(facts.decimals)
    both = table["Cost to sell"] + table["Cost to serve"]
    table["Cost share"] = both / table["Net revenue"].where(table["Net revenue"] > 0)
    return table.sort_values("Net revenue", ascending=False, kind="stable", ignore_index=True)


def _selling(costs: Costs) -> np.ndarray:
    """Which pools are spent to win and to keep customers, not to serve what they order."""
    return np.array([pool.layer == "relationship" for pool in costs.pools], dtype=bool)


def _mix(facts: Facts, costs: Costs) -> pd.DataFrame:
    """ChannelPlan: all orders of each tier, at the least cost, without serving a tier worse than it needs."""
    frame = facts.frame("ChannelFit")
    assert frame is not None
    tiers, channels = list(dict.fromkeys(frame["tier"])), list(dict.fromkeys(frame["channel"]))
    shape = len(tiers), len(channels)
    effect, cost = np.zeros(shape), np.full(shape, np.nan)
    rows = frame["tier"].map({t: i for i, t in enumerate(tiers)}).to_numpy(dtype=int)
    cols = frame["channel"].map({c: i for i, c in enumerate(channels)}).to_numpy(dtype=int)
    effect[rows, cols] = _numbers(frame, "effect")
    cost[rows, cols] = _numbers(frame, "cost_an_order")
    today, known = _today(facts, costs, tiers, channels)
    cost = np.where(np.isnan(cost), known, cost)
    # A pair that was not judged serves nobody: dearer than anything, and without effect.
    judged = np.zeros(shape, dtype=bool)
    judged[rows, cols] = True
    if np.isnan(cost[judged]).any():
        i, j = np.argwhere(np.isnan(cost) & judged)[0]
        facts.notes.append(
            f"ChannelPlan: no order of {tiers[i]} came through {channels[j]}; fill Cost an order in ChannelFit"
        )
        return pd.DataFrame()
    cost = np.where(judged, cost, 1e3 * np.nanmax(cost[judged]) + 1).round(facts.decimals)
    by_tier = frame.assign(n=_numbers(frame, "orders"), need=_numbers(frame, "need")).groupby("tier", sort=False)
    volume = by_tier["n"].max().reindex(tiers).to_numpy(dtype=float)
    entered = ~np.isnan(volume)
    volume = np.where(entered, volume, today.sum(axis=1))
    scale = np.divide(volume, today.sum(axis=1), out=np.zeros(len(tiers)), where=today.sum(axis=1) > 0)
    today = today * scale[:, None]
    wanted = by_tier["need"].max().reindex(tiers).to_numpy(dtype=float)
    need = np.where(np.isnan(wanted), (today * effect).sum(axis=1) * (1 - 1e-12), wanted * volume)
    ways = facts.frame("Channels")
    room = {} if ways is None or "capacity" not in ways else dict(zip(ways["channel"], ways["capacity"], strict=True))
    capacity = np.array([room.get(c, np.nan) for c in channels], dtype=float)
    capacity = np.where(np.isnan(capacity), volume.sum(), capacity)
    try:
        found = CVM_CHANNEL_MIX(volume, Named(cost, channels, tiers), Named(effect, channels, tiers), need, capacity)
    except CvmError as error:
        facts.notes.append(f"ChannelPlan: {error}")
        return pd.DataFrame()
    best = np.column_stack([np.asarray(found[name], dtype=float) for name in channels])
    i, j = np.nonzero(judged)
    table = pd.DataFrame(
        {
            "Tier": np.array(tiers, dtype=object)[i],
            "Channel": np.array(channels, dtype=object)[j],
            "Orders today": today[i, j],
            "Orders best": best[i, j],
            "Change": best[i, j] - today[i, j],
            "Cost an order": cost[i, j],
            "Saved": ((today - best) * cost)[i, j].round(facts.decimals) + 0.0,
        }
    )
    table["Way"] = table["Tier"] + ", " + table["Channel"]
    saved = round(float(table["Saved"].sum()), facts.decimals)
    return pd.concat([table, pd.DataFrame([{"Tier": "Total", "Saved": saved}])], ignore_index=True)


def _today(facts: Facts, costs: Costs, tiers: list[str], channels: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Orders of each tier through each channel, and what one cost to sell and serve there."""
    pair = facts.dimensions[TIER].crossed(facts.dimensions["Channel"])
    orders, spent = facts.orders_of(pair), costs.spent(pair)
    place = {name: i for i, name in enumerate(pair.items)}
    many, each = np.zeros((len(tiers), len(channels))), np.full((len(tiers), len(channels)), np.nan)
    for i, tier in enumerate(tiers):
        for j, channel in enumerate(channels):
            at = place.get(f"{tier} x {channel}")
            if at is not None and orders[at] > 0:
                many[i, j], each[i, j] = orders[at], spent[at] / orders[at]
    return many, each


def _initiatives(facts: Facts) -> pd.DataFrame:
    """InitiativeStatus: share of the way done, and what presses, as of the last day of sales."""
    frame = facts.frame("Initiatives")
    assert frame is not None
    start, target, actual = (_numbers(frame, name) for name in ("start", "target", "actual"))
    start = np.nan_to_num(start)
    way = target - start
    reached = np.divide(actual - start, way, out=np.where(actual == target, 1.0, np.nan), where=way != 0)
    due = (
        frame["due"].to_numpy().astype("datetime64[D]") if "due" in frame else np.full(len(frame), np.datetime64("NaT"))
    )
    left = (due - last_day(facts)).astype("timedelta64[D]").astype(float)
    left = np.where(np.isnat(due), np.inf, left)
    status = np.select([reached >= 1, left < 0, left <= SOON, np.isnan(reached)], [4, 0, 1, 2], 3)
    table = pd.DataFrame({"Initiative": frame["initiative"].to_numpy()})
    for header, name in (("Touch-point", "touch_point"), ("Owner", "owner"), ("Due", "due")):
        table[header] = frame[name].to_numpy() if name in frame else None
    table = table.assign(Target=target, Actual=actual, Reached=reached, Status=np.array(STATUS, dtype=object)[status])
    order = np.lexsort((left, status))
    return table.iloc[order].reset_index(drop=True)
