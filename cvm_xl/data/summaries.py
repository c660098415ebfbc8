"""What sales lines collapse to: one expression each, the same on every backend. Money is in whole minor units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import accumulate
from operator import add
from typing import Any

__all__ = [
    "allocated",
    "baskets",
    "bought_by",
    "co_purchases",
    "covered",
    "customer_summary",
    "day_nets",
    "distinct_histories",
    "distinct_spends",
    "holdings",
    "orders_by",
    "paid_by",
    "paid_prices",
    "prices_over_time",
    "purchases",
    "tier_ends",
]


def purchases(lines: Any, end: Any = None) -> Any:
    """The purchase days of each customer after returns: customer, day, amount.

    As `models.summary.purchases`: a day's lines are netted; a day below 0 is a return that reduces the latest purchases
    before it. With C(t) the running sum, purchases stand on a stack of height S(t) = C(t) - min(0, min C), and of
    purchase t there remains what no later return dug below: min over j >= t of S(j), less S(t-1).

    Parameters
    ----------
    lines : Ibis table
        customer, date, gained and returned: what lines above and below 0 sum to, in minor units; null where nothing is
        of a kind that is bought.
    end : date, optional
        The last day that counts.
    """
    import ibis

    days = _days(lines, end)
    returned = days.filter(days.net < 0).select("customer").distinct()
    plain = days.anti_join(returned, "customer")
    plain = plain.filter((plain.net > 0) | (plain.returned == 0)).select("customer", "day", amount="net")

    stacked = days.semi_join(returned, "customer")
    in_order = {"group_by": "customer", "order_by": "day"}
    until_now = ibis.window(**in_order, rows=(None, 0))
    stacked = stacked.mutate(running=stacked.net.sum().over(until_now).cast("int64"))
    lowest = ibis.least(stacked.running.min().over(until_now), 0)
    stacked = stacked.mutate(height=stacked.running - lowest)
    from_now = ibis.window(**in_order, rows=(0, None))
    before = stacked.height.lag().over(ibis.window(**in_order)).fill_null(0)
    stacked = stacked.mutate(remains=stacked.height.min().over(from_now) - before)
    left = ibis.greatest(ibis.least(stacked.remains, ibis.greatest(stacked.net, 0)), 0)
    stacked = stacked.mutate(amount=left.cast("int64"))
    free = (stacked.net == 0) & (stacked.returned == 0)
    kept = stacked.filter((stacked.amount > 0) | free).select("customer", "day", "amount")
    return plain.union(kept)


def _days(lines: Any, end: Any = None) -> Any:
    import ibis

    lines = lines.filter(lines.customer.notnull(), lines.gained.notnull())
    if end is not None:
        lines = lines.filter(lines.date <= ibis.literal(end))
    days = lines.group_by("customer", day=lines.date).agg(
        gained=lines.gained.sum().cast("int64"), returned=lines.returned.sum().cast("int64")
    )
    return days.mutate(net=days.gained + days.returned)


def day_nets(lines: Any) -> Any:
    """What each customer bought on a day, and below it what was returned: customer, date, net in minor units."""
    days = _days(lines)
    up = days.select("customer", date="day", net="gained")
    return up.union(days.filter(days.returned < 0).select("customer", date="day", net="returned"))


def bought_by(lines: Any, by: Sequence[str]) -> Any:
    """How many customers bought, by columns, and what the median of them spent there: buyers, median in minor units."""
    bought = lines.filter(lines.customer.notnull(), lines.quantity > 0)
    each = bought.group_by([*by, "customer"]).agg(spent=bought.net_units.sum())
    return each.group_by(list(by)).agg(buyers=each.count(), median=each.spent.median())


def orders_by(lines: Any, by: Sequence[str]) -> Any:
    """How many orders have a line with a quantity above 0, by columns: orders."""
    bought = lines.filter(lines.quantity > 0)
    return bought.select(*by, "order_key").distinct().group_by(list(by)).agg(orders=lambda rows: rows.count())


def paid_by(lines: Any) -> Any:
    """The first and the last day on which each customer paid for something, and how many orders: those of its lines."""
    paid = lines.filter(lines.customer.notnull(), lines.net_units > 0)
    orders = paid.group_by("customer", "order_key").agg(first=paid.date.min(), last=paid.date.max())
    return orders.group_by("customer").agg(
        first=orders["first"].min(), last=orders["last"].max(), orders=orders.count()
    )


def customer_summary(lines: Any, end: Any) -> Any:
    """Recency-frequency of each customer who bought: frequency, and recency, age in days, monetary in minor units.

    As `models.summary.summarise`, whose `recency` and `age` are in units of time: a row per customer with `frequency`
    (repeat purchases), `recency` and `age` in days, `monetary` (mean per repeat purchase, 0 without one).
    """
    import ibis

    bought = purchases(lines, end)
    found = bought.group_by("customer").agg(
        count=bought.count(),
        first=bought.day.min(),
        last=bought.day.max(),
        total=bought.amount.sum().cast("int64"),
        opening=bought.amount.argmin(bought.day),
    )
    again = (found["count"] - 1).cast("float64")
    more = (found.total - found.opening).cast("float64")
    return found.select(
        "customer",
        frequency=again,
        recency=found["last"].delta(found["first"], unit="day").cast("float64"),
        age=ibis.literal(end).cast("date").delta(found["first"], unit="day").cast("float64"),
        monetary=(again > 0).ifelse(more / (again > 0).ifelse(again, 1.0), 0.0),
    )


def distinct_histories(people: Any, *, coarse: bool = False) -> Any:
    """Distinct frequency, recency and age of `customer_summary`, and how many customers have each.

    With `coarse` recency and age in whole weeks; a customer who bought again did so at least half a week later.
    """
    if coarse:
        weeks = (people.recency / 7).round().cast("float64") * 7
        recency = (people.frequency > 0).ifelse((weeks > 0).ifelse(weeks, 3.5), 0.0)
        age = (people.age / 7).round().cast("float64") * 7
        people = people.mutate(recency=recency, age=(age < recency).ifelse(recency, age))
    return people.group_by("frequency", "recency", "age").agg(customers=people.count())


def distinct_spends(people: Any, *, coarse: bool = False) -> Any:
    """Distinct frequency and monetary of those who bought again; with `coarse` monetary to half a percent."""
    people = people.filter(people.frequency > 0, people.monetary > 0)
    if coarse:
        people = people.mutate(monetary=((people.monetary.ln() * 200).round().cast("float64") / 200).exp())
    return people.group_by("frequency", "monetary").agg(customers=people.count())


def allocated(lines: Any, by: Sequence[str], rates: Mapping[str, float]) -> Any:
    """What is borne by columns: each line takes of a driver what its column says, at so much money for one of it.

    Rates are pushed to the lines, then one group-by: of `sum(rate * quantity)` nothing need come back by driver. In
    minor units where the rates are, not rounded: `cost`. To the cent CVM_ALLOCATE shares what refresh writes.
    """
    import ibis

    borne = reduce(add, (lines[name] * rate for name, rate in rates.items()), ibis.literal(0.0))
    return lines.group_by(list(by)).agg(cost=borne.sum())


def tier_ends(people: Any, shares: Sequence[float], by: str = "rank", decimals: int = 2) -> Any:
    """The least profit of each tier, the best first: tier, least; none where nobody is in it.

    As CVM_TIER, from the distinct profits, which `people` have in whole minor units: `by` "rank" shares are of
    customers, `by` "profit" of the cumulative positive profit. Equals share the tier of their middle rank.
    """
    import ibis

    equal = people.group_by("profit").agg(equal=people.count())
    own = ibis.literal(1.0) if by == "rank" else ibis.greatest(equal.profit, 0).cast("float64")
    taken = own * equal.equal
    until = ibis.window(order_by=ibis.desc(equal.profit), rows=(None, 0))
    ranked = equal.mutate(own=own, until=taken.sum().over(until), whole=taken.sum().over(ibis.window()))

    def within(share: float) -> Any:
        end = ranked.whole * share
        if by == "rank":
            return ranked.until - (ranked.equal - 1) / 2.0 <= (end.round(6) + 0.5).floor()
        before = ranked.until - ranked.own * (ranked.equal + 1) / 2.0
        digits = 3 - decimals  # a thousandth of the currency
        return (ranked.own > 0) & (before.round(digits) < end.round(digits))

    cuts = [(within(share), i) for i, share in enumerate(accumulate(shares[:-1]))]
    ranked = ranked.mutate(tier=ibis.cases(*cuts, else_=len(cuts)) if cuts else ibis.literal(0))
    return ranked.group_by("tier").agg(least=ranked.profit.min())


# --- customers and products --------------------------------------------------------------------------------------


def paid_prices(lines: Any, products: Sequence[str]) -> Any:
    """What customers bought of some products: customer, product, units, net, share of the customer's revenue.

    Net is in minor units; `share` is of all that the customer bought, without products given away.
    """
    import ibis

    bought = lines.filter(lines.customer.notnull(), lines.quantity > 0)
    each = bought.group_by("customer", "product").agg(
        units=bought.quantity.sum(), net=bought.net_units.sum().cast("float64")
    )
    paid = (each.net > 0).ifelse(each.net, 0.0).sum().over(ibis.window(group_by="customer"))
    each = each.mutate(share=each.net / paid.nullif(0.0))
    return each.filter(each["product"].isin(list(products)))


def prices_over_time(lines: Any, products: Sequence[str], months: int, promoted: Any = None) -> Any:
    """What was bought of products in each period of so many months since 1970: product, period, units, net, promotion.

    Net is in minor units; `promotion` is the share of the lines for which `promoted` holds.
    """
    import ibis

    marked = ibis.literal(0) if promoted is None else promoted.fill_null(False).ifelse(1, 0)
    lines = lines.mutate(promotion=marked)
    lines = lines.filter(lines.quantity > 0, lines["product"].isin(list(products)))
    month = (lines.date.year() - 1970) * 12 + lines.date.month() - 1
    lines = lines.mutate(period=(month / months).floor().cast("int64"))
    return lines.group_by("product", "period").agg(
        units=lines.quantity.sum(),
        net=lines.net_units.sum().cast("float64"),
        promotion=lines.promotion.sum().cast("float64") / lines.count(),
    )


def holdings(lines: Any) -> Any:
    """What each customer bought or gave back: customer, product, worth (margin in minor units), held.

    As CVM_WHITESPACE: a product is held when what its lines earned sums to more than 0, or to 0 without a negative one.
    """
    goods = lines.filter(lines.goods, lines.customer.notnull(), lines["product"].notnull())
    goods = goods.mutate(margin=goods.net_units - goods.cost_units)
    each = goods.group_by("customer", "product").agg(
        worth=goods.margin.sum().cast("int64"), negative=(goods.margin < 0).any()
    )
    return each.mutate(held=(each.worth > 0) | ((each.worth == 0) & ~each.negative)).drop("negative")


def baskets(pairs: Any, products: Sequence[str]) -> Any:
    """What each customer holds, and what it gave back, as lists: customer, held, other, by places in `products`.

    Parameters
    ----------
    pairs : Ibis table
        From `holdings`.
    products : sequence of str
        Which products; others are left out.
    """
    import ibis
    import pandas as pd

    places = pd.DataFrame({"product": list(products), "place": range(len(products))})
    mine = pairs.inner_join(ibis.memtable(places, schema={"product": "string", "place": "int64"}), "product")
    return mine.group_by("customer").agg(
        held=mine.place.collect(where=mine.held), other=mine.place.collect(where=~mine.held)
    )


def co_purchases(held: Any) -> Any:
    """How many customers hold both of two products: product, other, together; each pair once.

    Parameters
    ----------
    held : Ibis table
        customer and product, each pair once.
    """
    other = held.view()
    pairs = held.join(other, [held.customer == other.customer, held["product"] < other["product"]])
    pairs = pairs.select(first=held["product"], second=other["product"])
    return pairs.group_by(product="first", other="second").agg(together=pairs.count())


def covered(lines: Any) -> Any:
    """Net revenue without its sign of each customer, in minor units: revenue, with a product, of goods, known.

    `known` is that of goods whose cost is known.
    """
    money = lines.net_units.abs()
    parts = {
        "product": lines["product"].notnull(),
        "goods": lines.goods,
        "known": lines.goods & (lines.cost_units != 0),
    }
    return lines.group_by("customer").agg(
        revenue=money.sum().cast("int64"),
        **{name: part.ifelse(money, 0.0).sum().cast("int64") for name, part in parts.items()},
    )
