"""The customer's life in money: won, kept and grown, lost and won back, and what that makes of equity."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cvm_xl.answers.facts import Facts
from cvm_xl.answers.lifetime import last_day
from cvm_xl.answers.price import period
from cvm_xl.answers.segment_rates import SegmentRates, clv, listed, segment_rates
from cvm_xl.answers.splits import ALL_CUSTOMERS, Dimension
from cvm_xl.answers.tiers import names
from cvm_xl.errors import CvmError
from cvm_xl.figures import figure
from cvm_xl.functions.growth_lifecycle import (
    CVM_ACQUIRE,
    CVM_EQUITY,
    CVM_FUNNEL,
    CVM_RECOVERY,
    CVM_REFERRAL,
    CVM_SWITCHING,
    CVM_WINBACK,
)
from cvm_xl.kinds import Named
from cvm_xl.problems import numbered

__all__ = ["expansion", "lifecycle", "two_years"]

YEAR, LATE = np.timedelta64(365, "D"), np.timedelta64(31, "D")  # sales may begin a month late
EQUITY = {
    "n": "Periods in Sources",
    "customers": "Customers of today who are expected to be left",
    "margin": "Given: margin a customer and year (SegmentRates or Sales)",
    "retention": "Given: share kept a year (SegmentRates)",
    "acquisition_cost": "Given: money per customer won (Sources)",
    "clv": "Lifetime value of a customer",
    "today": "Value of today's customers",
    "future": "Value of the customers to come, less what they cost to win",
    "equity": "Both together",
    "elasticity_margin": "% that equity rises when the margin rises by 1%",
    "elasticity_retention": "% that equity rises when retention rises by 1%",
    "elasticity_discount": "% that equity rises when the discount rate rises by 1%",
    "elasticity_acquisition_cost": "% that equity rises when the cost of acquisition rises by 1%",
    "a": "Customers ever won, once the market is full",
    "r2": "How well the curve of all customers won fits",
}


def lifecycle(facts: Facts, ranked: pd.DataFrame, life: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Tables driven by Sources, SegmentRates, Switching, Complaints and Referrals; what lacks its input is left out.

    Parameters
    ----------
    ranked, life : DataFrame
        Tiers, and Lifetime where it could be computed.
    """
    rates = segment_rates(facts, ranked)
    worth = {} if life is None else life.set_index("Customer")["CLV"].to_dict()
    tables: dict[str, pd.DataFrame] = {}
    paid = np.nan
    if facts.frame("Sources") is not None:
        tables["AcquisitionFunnel"], paid = _funnel(facts, ranked, worth)
        tables["EquityFigures"] = _equity(facts, ranked, rates, paid)
    if rates is not None:
        tables["AcquireRetain"] = _acquire(facts, rates)
        tables["WinBack"] = _win_back(facts, ranked, life, rates)
    if facts.frame("Switching") is not None:
        tables["SwitchingReturn"] = _switching(facts)
    if facts.frame("Complaints") is not None:
        tables["Recovery"] = _recovery(facts, worth)
    if facts.frame("Referrals") is not None:
        tables["ReferralValues"] = _referrals(facts, worth, paid)
    return {name: table for name, table in tables.items() if len(table)}


def _numbers(frame: pd.DataFrame, name: str, empty: float = np.nan) -> np.ndarray:
    values = frame[name].to_numpy(dtype=float) if name in frame else np.full(len(frame), np.nan)
    return np.where(np.isnan(values), empty, values)


def _funnel(facts: Facts, ranked: pd.DataFrame, worth: dict[str, float]) -> tuple[pd.DataFrame, float]:
    """AcquisitionFunnel, and what a customer cost on average."""
    frame = facts.frame("Sources")
    assert frame is not None
    frame = frame.assign(**{n: _numbers(frame, n) for n in ("leads", "customers", "spend", "clv")})
    frame = frame[frame["leads"] > 0]
    if not len(frame):
        facts.notes.append("AcquisitionFunnel: no row of Sources has leads")
        return pd.DataFrame(), np.nan
    sums = frame.groupby("source", sort=False).agg(
        leads=("leads", "sum"), customers=("customers", "sum"), spend=("spend", "sum"), clv=("clv", "mean")
    )
    known = listed(facts, "Source")
    of_source = pd.Series(worth, dtype=float).groupby(known).mean() if known and worth else pd.Series(dtype=float)
    overall = float(np.mean(list(worth.values()))) if worth else np.nan
    ceiling = sums["clv"].fillna(of_source.reindex(sums.index)).fillna(overall)
    if ceiling.isna().any():
        facts.notes.append("AcquisitionFunnel: the lifetime value of a customer is not known; fill CLV in Sources")
        return pd.DataFrame(), np.nan
    earned = ranked.set_index("Customer")["Profit"]
    yearly = earned.groupby(known).mean() if known else pd.Series(dtype=float)
    yearly = yearly.reindex(sums.index).fillna(earned.mean()) / period(facts)
    ceiling, yearly = ceiling.round(facts.decimals), yearly.round(facts.decimals)
    columns = [sums[name].to_numpy() for name in ("leads", "customers", "spend")]
    given = CVM_FUNNEL(sums.index.to_numpy(), *columns, ceiling.to_numpy(), yearly.to_numpy())
    table = pd.DataFrame(
        {
            "Source": sums.index,
            "Leads": columns[0],
            "Customers": columns[1],
            "Spend": columns[2],
            "Conversion": given["conversion"],
            "Cost a customer": given["cost_per_customer"],
            "Ceiling": given["ceiling"],
            "Return": given["return"],
            "Payback": given["payback"],
        }
    )
    table["Verdict"] = [
        f"Above the ceiling: {figure(cost - top)} a customer lost"
        if cost > top
        else f"Within: {figure(top - cost)} a customer left"
        for cost, top in zip(table["Cost a customer"], table["Ceiling"], strict=True)
    ]
    won = sums["customers"].sum()
    paid = float(sums["spend"].sum() / won) if won > 0 else np.nan
    return table.sort_values("Return", ascending=False, kind="stable", ignore_index=True), paid


def _equity(facts: Facts, ranked: pd.DataFrame, rates: SegmentRates | None, paid: float) -> pd.DataFrame:
    """Customer equity from the customers won by period, and margin, retention and cost known elsewhere."""
    frame = facts.frame("Sources")
    assert frame is not None
    if "period" not in frame or frame["period"].nunique() < 2:
        return pd.DataFrame()
    won = frame.groupby("period")["customers"].sum()
    if rates is None:
        facts.notes.append("EquityFigures: the share kept is not known; fill Kept today in SegmentRates")
        return pd.DataFrame()
    many = ranked["Segment"].value_counts()
    kept = rates.of(pd.Series(many.index), "kept_today")
    earned = rates.of(pd.Series(many.index), "margin")
    able = ~np.isnan(kept) & ~np.isnan(earned)
    if not able.any() or np.isnan(paid):
        facts.notes.append("EquityFigures: Kept today in SegmentRates and Spend in Sources are needed")
        return pd.DataFrame()
    share = many.to_numpy()[able] / many.to_numpy()[able].sum()
    given = {
        "margin": round(float(share @ earned[able]), facts.decimals),
        "retention": float(share @ kept[able]),
        "acquisition_cost": round(paid, facts.decimals),
    }
    discount = float(facts.settings["discount_rate"])
    try:
        found = CVM_EQUITY(
            won.index.to_numpy(dtype=float), won.to_numpy(dtype=float), given["margin"], given["retention"], discount,
            given["acquisition_cost"],
        )  # fmt: skip
    except CvmError as error:
        facts.notes.append(f"EquityFigures: {error}")
        return pd.DataFrame()
    rows = [(name, (given | found).get(name), said) for name, said in EQUITY.items()]
    return pd.DataFrame(rows, columns=["Figure", "Value", "Meaning"])


def _acquire(facts: Facts, rates: SegmentRates) -> pd.DataFrame:
    """Best spend on winning and keeping; each k follows from the share at today's spend and at most."""
    discount = float(facts.settings["discount_rate"])
    needs = ("won_at_most", "won_today", "spend_to_win", "kept_at_most", "kept_today", "spend_to_keep")
    rows = []
    for segment, margin, (most, won, win, ceiling, kept, keep) in rates.rows(*needs):
        if not (0 < won < most and win > 0 and 0 < kept < ceiling and keep > 0):
            facts.notes.append(
                f"AcquireRetain of {segment}: today's shares above 0 and below those at most, at spends above 0, are "
                "needed to tell how spending works"
            )
            continue
        k = float(-np.log1p(-won / most) / win), float(-np.log1p(-kept / ceiling) / keep)
        best = CVM_ACQUIRE(most, k[0], margin, ceiling, k[1], discount)
        spends = win, float(best["acquisition"]), keep, float(best["retention"])
        shares = float(best["a"]), float(best["r"])
        rows.append((segment, margin, *k, *spends, *shares, float(best["clv"]), float(best["equity"])))
    columns = "Segment Margin Rate_to_win Rate_to_keep Win_today Win_best Keep_today Keep_best Won Kept CLV Equity"
    return pd.DataFrame(rows, columns=[name.replace("_", " ") for name in columns.split()])


def _win_back(facts: Facts, ranked: pd.DataFrame, life: pd.DataFrame | None, rates: SegmentRates) -> pd.DataFrame:
    """Lost customers with a second lifetime value: the margin they had, for as long as those won back stay."""
    if life is None:
        return pd.DataFrame()
    lost = life[life["P(alive)"] < float(facts.settings["lost_below"])][["Customer", "Name", "Segment", "P(alive)"]]
    needs = ("back", "kept_once_back", "contact_cost", "incentive")
    given = {name: rates.of(lost["Segment"], name) for name in needs}
    given |= {name: np.nan_to_num(given[name]) for name in ("contact_cost", "incentive")}
    lost = lost.assign(Margin=_while_buying(facts, ranked, list(lost["Customer"])))
    able = (lost["Margin"] > 0).to_numpy() & ~np.isnan(given["back"]) & ~np.isnan(given["kept_once_back"])
    table = lost[able].reset_index(drop=True)
    if not len(table):
        return table
    back, kept, contact, incentive = (given[name][able] for name in needs)
    discount = float(facts.settings["discount_rate"])
    table["Second value"] = clv(table["Margin"].to_numpy(), kept, discount, first=True).round(facts.decimals)
    found = CVM_WINBACK(table["Second value"].to_numpy(), back, contact, incentive)
    table["Probability"] = back
    table["Expected value"] = found["expected_value"]
    table["Highest incentive"] = found["highest_incentive"]
    table = table[table["Expected value"] > 0]
    table = table.sort_values(["Expected value", "Customer"], ascending=[False, True], kind="stable", ignore_index=True)
    table.insert(0, "Rank", np.arange(1, len(table) + 1))
    return table


def _while_buying(facts: Facts, ranked: pd.DataFrame, customers: list[str]) -> np.ndarray:
    """Profit a year of each customer, over the time from first to last purchase and at least a year."""
    customer = facts.dimensions["Customer"]
    first, last = facts.line_days(customer)
    years = pd.Series(np.maximum(((last - first).astype(float) + 1) / 365.25, 1.0), index=customer.items)
    profit = ranked.set_index("Customer")["Profit"]
    return (profit.reindex(customers) / years.reindex(customers)).round(facts.decimals).to_numpy()


def _switching(facts: Facts) -> pd.DataFrame:
    """SwitchingReturn: each investment's two matrices, the brand named first ours."""
    frame = facts.frame("Switching")
    assert frame is not None
    discount = float(facts.settings["discount_rate"])
    rows = []
    for investment, mine in frame.groupby("investment", sort=False):
        brands = list(dict.fromkeys(mine["from"]))
        grids = [
            mine.pivot_table(index="from", columns="to", values=when, aggfunc="sum")
            .reindex(index=brands, columns=brands)
            .fillna(0.0)
            .to_numpy(dtype=float)
            for when in ("now", "after")
        ]
        stock = mine.assign(n=_numbers(mine, "customers")).groupby("from", sort=False)["n"].max().reindex(brands)
        margin, cost = (_numbers(mine, name) for name in ("margin", "cost"))
        if stock.isna().any() or np.isnan(margin).all() or np.isnan(cost).all():
            facts.notes.append(
                f"Switching, {investment}: customers of each brand, margin and cost are needed in one row"
            )
            continue
        try:
            before, after = (Named(grid, brands, brands) for grid in grids)
            found = CVM_SWITCHING(
                before, after, float(np.nanmax(margin)), stock.to_numpy(), float(np.nanmax(cost)), discount
            )
        except CvmError as error:
            facts.notes.append(f"Switching, {investment}: {error}")
            continue
        values = [float(found[name]) for name in ("clv_before", "clv_after", "change")]
        rows.append((investment, *values, float(np.nanmax(cost)), float(found["return"])))
    columns = ["Investment", "CLV before", "CLV after", "Change of equity", "Cost", "Return"]
    return pd.DataFrame(rows, columns=columns).sort_values("Return", ascending=False, ignore_index=True)


def _recovery(facts: Facts, worth: dict[str, float]) -> pd.DataFrame:
    frame = facts.frame("Complaints")
    assert frame is not None
    back = _numbers(frame, "value_recovered")
    back = np.where(np.isnan(back), frame["customer"].map(worth).to_numpy(dtype=float), back)
    known = ~np.isnan(back)
    if not known.all():
        facts.notes.append(
            "Recovery: "
            + numbered(
                int((~known).sum()),
                "[complaints of customers whose value is not known are|"
                "complaint of a customer whose value is not known is] left out",
            )
        )
    frame, back = frame[known], back[known].round(facts.decimals)
    if not len(frame):
        return pd.DataFrame()
    lost = _numbers(frame, "value_lost", 0.0)
    success, cost = (_numbers(frame, name) for name in ("success", "cost"))
    found = CVM_RECOVERY(back, lost, success, cost)
    table = pd.DataFrame(
        {
            "Customer": frame["customer"].to_numpy(),
            "Name": names(facts, "Customers", "customer", list(frame["customer"])),
            "Subject": frame["subject"].to_numpy() if "subject" in frame else None,
            "Value at stake": back - lost,
            "Success": success,
            "Cost": cost,
            "Expected value": found["expected_value"],
            "Highest spend": found["highest_spend"],
        }
    )
    return table.sort_values("Expected value", ascending=False, kind="stable", ignore_index=True)


def _referrals(facts: Facts, worth: dict[str, float], paid: float) -> pd.DataFrame:
    frame = facts.frame("Referrals")
    assert frame is not None
    overall = float(np.mean(list(worth.values()))) if worth else np.nan
    joined = frame["referred"] if "referred" in frame else pd.Series([None] * len(frame), index=frame.index)
    margin = _numbers(frame, "margin")
    own = joined.map(worth).to_numpy(dtype=float)
    margin = np.where(np.isnan(margin), np.where(np.isnan(own), overall, own), margin).round(facts.decimals)
    if np.isnan(margin).any():
        facts.notes.append(
            "ReferralValues: the lifetime value of who was referred is not known; fill Margin in Referrals"
        )
        return pd.DataFrame()
    anyway = (
        frame["joined_anyway"].map(lambda mark: mark is True or mark == 1).to_numpy(dtype=float)
        if "joined_anyway" in frame
        else np.zeros(len(frame))
    )
    saved = _numbers(frame, "acquisition_saved", 0.0 if np.isnan(paid) else round(paid, facts.decimals))
    rest = [_numbers(frame, name, 0.0) for name in ("reward", "marketing", "delay")]
    discount = np.full(len(frame), float(facts.settings["discount_rate"]))
    value = CVM_REFERRAL(anyway, margin, saved, *rest, discount)
    made = pd.DataFrame({"Customer": frame["customer"].to_numpy(), "n": 1, "anyway": anyway, "value": value})
    sums = made.groupby("Customer", sort=False).sum().reset_index()
    table = sums.rename(columns={"n": "Referred", "anyway": "Joined anyway", "value": "Referral value"})
    table["Joined anyway"] = table["Joined anyway"].astype(int)
    table["Name"] = names(facts, "Customers", "customer", list(table["Customer"]))
    return table.sort_values("Referral value", ascending=False, kind="stable", ignore_index=True)


class TwoYears(NamedTuple):
    """The customers in the 365 days before the last 365, and in those."""

    each: Dimension
    year: Dimension

    def of(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What each customer has in the first year and in the second, of values of the items of `each`."""
        assert self.each.first is not None
        assert self.each.within is not None
        found = np.zeros((len(self.each.first.items), 3))
        found[self.each.within, self.each.parts(self.year)[:-1]] = values[:-1]
        return found[:-1, 0], found[:-1, 1]


def two_years(facts: Facts) -> TwoYears | None:
    """The last two years; None where sales do not reach back so far."""
    end = last_day(facts) + 1
    middle, first = end - YEAR, end - 2 * YEAR
    if facts.days[0] > first + LATE:
        return None
    year = facts.during(("before", "last"), ((first, middle - 1), (middle, end - 1)), "Two years")
    return TwoYears(facts.dimensions["Customer"].crossed(year), year)


def expansion(facts: Facts) -> pd.DataFrame:
    """Revenue of the last 365 days from the customers of the 365 before, by segment."""
    years = two_years(facts)
    if years is None:
        facts.notes.append("Expansion: Sales does not reach back two years")
        return pd.DataFrame()
    customer, segment = facts.dimensions["Customer"], facts.dimensions["Segment"]
    assert segment.of is not None
    n = customer.unassigned
    first, last = years.of(facts.sums(years.each).net_revenue)
    first, last = np.maximum(first, 0.0), np.maximum(last, 0.0)
    change = np.where((first > 0) & (last > 0), last - first, 0.0)
    parts = pd.DataFrame(
        {
            "Segment": np.array(segment.items, dtype=object)[segment.of[:n]],
            "Customers before": (first > 0).astype(int),
            "kept": ((first > 0) & (last > 0)).astype(int),
            "Revenue before": first,
            "Expansion": np.maximum(change, 0.0),
            "Contraction": np.minimum(change, 0.0),
            "Lost": np.where(last > 0, 0.0, -first) + 0.0,
            "New": np.where(first > 0, 0.0, last),
        }
    )
    sums = parts.groupby("Segment", sort=False).sum().sort_values("Revenue before", ascending=False).reset_index()
    total = sums.drop(columns="Segment").sum().to_frame().T.assign(Segment=ALL_CUSTOMERS)
    table = pd.concat([total, sums], ignore_index=True) if len(sums) > 1 else sums
    had = table["Customers before"].astype(int)
    table["Kept"] = table.pop("kept") / had.where(had > 0)
    left = table["Revenue before"] + table["Expansion"] + table["Contraction"] + table["Lost"]
    table["Net retention"] = left / table["Revenue before"].where(table["Revenue before"] > 0)
    money = ["Revenue before", "Expansion", "Contraction", "Lost", "New"]
    table[money] = table[money].astype(float).round(facts.decimals) + 0.0
    return table.assign(**{"Customers before": had})
