"""A generated company, for the demo workbook and for tests that want a whole book of data.

Brennholt supplies hospitals, laboratories, food producers and contract cleaners with hygiene and laboratory
goods, and services the dosing equipment that it sells. Everybody is invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cvm_xl import demo_growth, demo_price, demo_spend
from cvm_xl.book.schema import SETTINGS

__all__ = ["company"]

CUSTOMERS = 1_500  # 40,000 lines follow from their rates
START, DAYS = np.datetime64("2024-01-01"), 731
HOLIDAYS = np.array(
    ["2024-01-01", "2024-12-25", "2024-12-26", "2025-01-01", "2025-12-25", "2025-12-26"], "datetime64[D]"
)
PRICES_2024, COSTS_2024 = 0.97, 0.98  # of those of 2025

SEGMENTS = {  # share of customers, purchases a week, basket, lines, worth of our advantages, margin, incentive
    "Hospitals": (0.22, 0.155, 860.0, 3.0, 1.25, None, 0.35, "Clinics and care homes: audits, tenders, long contracts"),
    "Laboratories": (0.24, 0.12, 710.0, 2.2, 1.10, None, None, "Research and quality labs: exacting and loyal"),
    "Food producers": (0.26, 0.135, 800.0, 2.5, 0.90, None, None, "Bakeries, dairies, butchers: strict hygiene plans"),
    "Contract cleaners": (0.28, 0.13, 470.0, 2.3, 0.45, 0.06, 0.25, "Cleaning firms: buy on price, switch fast"),
}  # fmt: skip
CHANNELS = {  # share by segment in the order above, order minutes, campaigns, extra discount
    "Field sales": ((0.45, 0.30, 0.30, 0.20), 21.0, 4, 0.00, "Representatives visit and write the order"),
    "Inside sales": ((0.30, 0.30, 0.30, 0.30), 13.0, 9, 0.00, "Telephone and e-mail orders"),
    "Web shop": ((0.20, 0.35, 0.20, 0.30), 3.5, 22, 0.02, "Self-service, also without a customer account"),
    "Dealers": ((0.05, 0.05, 0.20, 0.20), 7.0, 6, 0.09, "Regional dealers who order for the customer"),
}
TOUCHPOINTS = {  # phase, share by channel in the order above, contacts
    "Trade fair": ("attract", (0.08, 0.03, 0.01, 0.10), 900, "Stand at three hygiene and laboratory fairs a year"),
    "Web search": ("attract", (0.02, 0.12, 0.55, 0.05), 2600, "Search results and product pages"),
    "Sales visit": ("sell", (0.62, 0.10, 0.02, 0.15), 1500, "Talk at the customer's place"),
    "Reorder slip": ("deliver", (0.10, 0.35, 0.25, 0.50), 700, "Slip with last order's articles in every parcel"),
    "Service visit": ("serve", (0.13, 0.10, 0.02, 0.05), 450, "Technician on site sees what runs out"),
    "Renewal call": ("renew", (0.05, 0.30, 0.15, 0.15), 800, "Call before a contract or a stock ends"),
}
OWNERS = {  # two to a region; the last figure is discount that the owner gives away on top
    "Greta Ahlers": ("North", 0.00), "Tjark Wiemers": ("North", 0.01), "Nele Brackmann": ("West", 0.00),
    "Jonas Küppers": ("West", 0.00), "Sophie Lindnér": ("East", 0.00), "Mirko Zschau": ("East", 0.01),
    "Anton Hölzl": ("South", 0.06), "Resi Mayrhuber": ("South", 0.00),
}  # fmt: skip
PRODUCTS = (  # code, name, family, list price, unit cost, weight by segment
    ("DX-100", "Surface disinfectant, 5 l", "Disinfectants", 52.00, 24.40, (9, 5, 6, 3)),
    ("DX-110", "Surface disinfectant, 1 l spray", "Disinfectants", 14.50, 7.60, (8, 5, 4, 6)),
    ("DX-120", "Hand disinfectant, 10 x 500 ml", "Disinfectants", 46.00, 25.80, (10, 5, 6, 3)),
    ("DX-130", "Instrument disinfectant, 2 l", "Disinfectants", 68.00, 29.90, (8, 6, 1, 0)),
    ("DX-140", "Sporicidal concentrate, 5 l", "Disinfectants", 124.00, 52.00, (6, 4, 3, 1)),
    ("DX-150", "Food-area disinfectant, 10 l", "Disinfectants", 79.00, 42.50, (1, 0, 9, 2)),
    ("DX-160", "Footbath granulate, 8 kg", "Disinfectants", 58.00, 32.00, (0, 0, 5, 0)),
    ("DT-200", "Neutral floor cleaner, 10 l", "Detergents", 29.50, 18.60, (5, 1, 5, 12)),
    ("DT-210", "Sanitary cleaner, 12 x 1 l", "Detergents", 33.00, 20.10, (4, 1, 3, 11)),
    ("DT-220", "Alkaline foam cleaner, 20 kg", "Detergents", 96.00, 49.50, (1, 0, 10, 3)),
    ("DT-230", "Acid descaler, 10 l", "Detergents", 44.00, 24.00, (2, 1, 7, 5)),
    ("DT-240", "Laboratory glass cleaner, 5 kg", "Detergents", 71.00, 33.50, (2, 9, 1, 0)),
    ("DT-250", "Glass cleaner, 6 x 750 ml", "Detergents", 17.40, 10.60, (2, 1, 2, 9)),
    ("DT-260", "Dishwashing concentrate, 15 kg", "Detergents", 63.00, 36.50, (5, 1, 6, 2)),
    ("WP-300", "Disinfectant wipes, 6 x 120", "Wipes and paper", 31.00, 16.20, (9, 6, 4, 4)),
    ("WP-310", "Folded paper towels, 3200", "Wipes and paper", 27.90, 20.90, (6, 4, 5, 10)),
    ("WP-320", "Toilet paper, 64 rolls", "Wipes and paper", 24.50, 17.60, (5, 2, 4, 10)),
    ("WP-330", "Microfibre cloths, 20", "Wipes and paper", 19.80, 9.70, (4, 2, 3, 9)),
    ("WP-340", "Clean-room wipes, 10 x 150", "Wipes and paper", 88.00, 41.00, (1, 8, 1, 0)),
    ("WP-350", "Refuse bags 120 l, 250", "Wipes and paper", 38.00, 25.50, (5, 2, 4, 8)),
    ("LC-400", "Pipette tips 200 µl, 960", "Laboratory", 42.00, 18.90, (3, 12, 1, 0)),
    ("LC-410", "Centrifuge tubes 50 ml, 500", "Laboratory", 96.00, 51.00, (2, 9, 1, 0)),
    ("LC-420", "Petri dishes 90 mm, 600", "Laboratory", 54.00, 32.50, (2, 9, 4, 0)),
    ("LC-430", "Rapid hygiene swabs, 100", "Laboratory", 238.00, 118.00, (4, 4, 7, 1)),
    ("LC-440", "Buffer set pH 4/7/10", "Laboratory", 36.50, 15.20, (1, 8, 2, 0)),
    ("LC-450", "Contact plates, 100", "Laboratory", 92.00, 50.00, (4, 6, 6, 0)),
    ("LC-460", "Sample bottles sterile, 250", "Laboratory", 64.00, 35.00, (3, 7, 5, 0)),
    ("PW-500", "Nitrile gloves, 10 x 100", "Protective wear", 59.00, 43.50, (10, 9, 8, 6)),
    ("PW-510", "Disposable coats, 50", "Protective wear", 74.00, 45.00, (6, 4, 7, 1)),
    ("PW-520", "Face masks, 20 x 50", "Protective wear", 49.00, 27.00, (8, 4, 4, 1)),
    ("PW-530", "Safety goggles, 10", "Protective wear", 57.00, 31.00, (1, 4, 2, 2)),
    ("EQ-600", "Dosing unit, wall-mounted", "Equipment", 420.00, 228.00, (2, 1, 4, 2)),
    ("EQ-610", "Touch-free dispenser", "Equipment", 84.00, 47.00, (5, 2, 3, 2)),
    ("EQ-620", "Foam sprayer, 50 l", "Equipment", 690.00, 398.00, (0, 0, 3, 1)),
    ("EQ-630", "Cleaning trolley", "Equipment", 265.00, 162.00, (2, 0, 1, 3)),
    ("SV-700", "Dosing check and calibration", "Services", 165.00, 92.00, (4, 2, 5, 1)),
    ("SV-710", "Maintenance visit", "Services", 290.00, 176.00, (3, 2, 4, 1)),
    ("SV-720", "Hygiene training, half a day", "Services", 540.00, 265.00, (3, 1, 3, 1)),
    ("FE-800", "Small-order freight", "Charges", 9.90, 0.00, (0, 0, 0, 0)),
    ("AD-900", "Manual correction", "Charges", None, None, (0, 0, 0, 0)),
)
KINDS = {"SV": "service", "FE": "fee", "AD": "adjustment"}
POOLS = (  # account, pool, amount, level, driver, filter, weight, layer
    ("6100", "Picking and packing", 268_400.00, "line", "lines", None, None, None),
    ("6120", "Delivery", 158_300.00, "order", "orders", None, None, None),
    ("6125", "Delivery", 141_950.50, "order", "orders", "Channel <> Dealers", None, None),
    ("6140", "Order desk", 182_750.00, "channel", "order minutes", None, None, None),
    ("6160", "Returns", 41_380.75, "line", "returns", None, None, None),
    ("6200", "Sales visits", 374_600.00, "customer", "sales visits", None, None, None),
    ("6220", "Customer service", 226_890.00, None, None, None, None, None),
    ("6240", "Account administration", 88_200.00, "customer", "equal", None, None, None),
    ("6300", "Segment programmes", 76_500.00, "segment", "programmes", None, None, "relationship"),
    ("6320", "Campaigns", 93_120.40, "channel", "campaigns", None, None, "relationship"),
    ("6340", "Fairs and content", 84_765.20, "touch-point", "contacts", None, None, "relationship"),
    ("6400", "Product set-up", 97_310.00, "product", "set-ups", None, None, None),
    ("6500", "Credit and receivables", 104_220.00, "line", "net revenue", None, None, "pocket"),
    ("6700", "Personnel", 108_400.00, None, None, None, None, None),
    ("6720", "IT", 128_650.00, None, None, None, None, None),
    ("6900", "Management", 132_000.00, "company", None, None, None, "company"),
)
ACTIVITIES = (  # pool, activity, driver, level, filter, minutes, capacity in minutes
    ("Customer service", "Answer a call", "service calls", "customer", None, 9.0, 105_000.0),
    ("Customer service", "Settle a return", "returns", "line", None, 35.0, None),
    ("Customer service", "Talk a foam sprayer in", "lines", "line", "Product = EQ-620", 45.0, None),
)
SOURCES = ("Trade fair", "Recommendation", "Web search", "Sales call")
RATES = (("CHF", np.datetime64("2024-01-01"), 1.04), ("CHF", np.datetime64("2025-01-01"), 1.06))
SCENARIOS = (  # scenario, change, object, value
    ("Prices up by 2%", "price", None, 0.02),
    ("No discount above 15%", "discount cap", None, 0.15),
    ("Half of inside sales to the web", "channel shift", "Inside sales -> Web shop", 0.5),
    ("Without the bottom tier, 40% of its cost saved", "drop customers", "Tier = Bottom", 0.4),
    ("Tender of freight", "cost rate", "Delivery", -0.08),
)
SERVICE_USAGE = {
    "Personnel": {"IT": 0.06, "Picking and packing": 0.24, "Delivery": 0.12, "Order desk": 0.14, "Sales visits": 0.2,
                  "Customer service": 0.16, "Management": 0.08},
    "IT": {"Personnel": 0.05, "Order desk": 0.25, "Picking and packing": 0.15, "Campaigns": 0.2,
           "Account administration": 0.15, "Credit and receivables": 0.1, "Management": 0.1},
}  # fmt: skip
VALUE = {  # reference, gains and losses as shares of the list price; rival
    "DX-100": (0.92, 0.34, 0.05, "Market leader's 5 l"),
    "DX-140": (0.64, 0.26, 0.08, "Peracetic acid, generic"),
    "DT-200": (0.92, 0.22, 0.06, "Wholesaler's own label"),
    "DT-220": (0.90, 0.40, 0.06, "Market leader's foam"),
    "WP-310": (0.66, 0.08, 0.05, "Web discounter"),
    "LC-400": (1.05, 0.38, 0.09, "Instrument maker's tips"),
    "LC-430": (0.70, 0.20, 0.06, "Contact plate and incubator"),
    "PW-500": (1.02, 0.52, 0.05, "Gloves from a dealer"),
    "EQ-600": (0.85, 0.52, 0.16, "Mixing by hand"),
    "SV-700": (0.94, 0.62, 0.10, "Own technician"),
}
GAINS = {
    "Disinfectants": ("Shorter contact time", "Lower dose", "Documents for audits"),
    "Detergents": ("Less water and rework", "Lower dose", "Kind to surfaces"),
    "Wipes and paper": ("Fewer sheets per use", "Next-day delivery"),
    "Laboratory": ("Fewer repeated tests", "Lot certificates", "Time to result"),
    "Protective wear": ("Fewer tears", "Secured supply", "Skin tolerance"),
    "Equipment": ("Less overdosing", "Staff time", "Safer handling"),
    "Services": ("Fewer stoppages", "Records for audits", "Chemicals saved"),
}
LOSSES = ("Switching and training", "Second supplier to manage")
EVIDENCE = ("Trial at the customer", "Interviews", "Usage data", "Sales estimate", "Lab report", "Customer's figures")
STEMS = ("Ahren", "Brünt", "Dorn", "Elver", "Fenn", "Grünt", "Hollen", "Immer", "Jörd", "Kolk", "Lauer", "Möwen",
         "Nettel", "Öhr", "Priem", "Quarn", "Rauten", "Söhl", "Trave", "Ulmen", "Wendel", "Zieren")  # fmt: skip
ENDS = ("moor", "brück", "stedt", "horst", "loh", "wiek", "fleth", "büttel", "rade", "kamp", "hude", "beck")
NAMES = {
    "Hospitals": ("Klinik {}", "St. Ortrud Hospital {}", "Care home {}", "Rehabilitation centre {}",
                  "Gemeinnützige Krankenhausgesellschaft {} mbH, central purchasing"),
    "Laboratories": ("{} Analytics", "Water laboratory {}", "{} Biosciences", "Institute for Materials Testing {}",
                     "Joint food and feed control laboratory of the {} chambers of agriculture"),
    "Food producers": ("Bäckerei {}", "{} Dairy", "Butchers {} & Söhne", "Brewery {}", "{} Feinkost"),
    "Contract cleaners": ("{} Cleaning", "Gebäudereinigung {}", "{} Facility Services", "{} Hygiene Team"),
}  # fmt: skip
PRAISE = ("Technician came the same day", "+ always on time", "Good advice on the hygiene plan", "Would recommend")
BLAME = ("- two wrong deliveries", "Too dear for paper goods", "Nobody calls back", "Invoice wrong again")


def company(seed: int = 1) -> dict[str, pd.DataFrame]:
    """Everything that the analyst of a mid-sized B2B supplier would have: all input tables of the schema.

    Parameters
    ----------
    seed
        Same seed, same company.

    Returns
    -------
    dict of DataFrame
        Table name -> rows. Columns carry the schema's `Column.name`; further columns (Region, Owner, Family ...)
        their header. Purchases follow BG/NBD, baskets Gamma-Gamma (Fader, Hardie & Lee 2005) by segment.
    """
    rng = np.random.default_rng(seed)
    products = _products()
    who = _people(rng)
    sales = _sales(rng, who, products)
    values = _value_drivers(rng, products)
    surveys = demo_spend.rated(_surveys(rng, who), seed)
    latest = surveys.groupby("customer")["satisfaction"].last()
    ours = (
        {
            "Company": "Brennholt Hygiene & Laboratory Supply",
            "P&L by": "Region; Owner; Quarter; Tier; Segment x Channel",
            "Compare": "2024; 2025",
            "Further tables": "; ".join(
                (
                    "Matrix",
                    "Portfolio",
                    "WhaleStats",
                    "Holdout",
                    "Cohorts",
                    "Potential",
                    "WhiteSpace",
                    *demo_spend.FURTHER,
                )
            ),
            "Trace": "C10001; Segment = Contract cleaners, Channel = Dealers",
        }
        | demo_price.SETTINGS
        | demo_growth.SETTINGS
        | demo_spend.SETTINGS
    )
    customers = who[["customer", "name", "segment"]].assign(satisfaction=who["customer"].map(latest))
    customers = customers.join(who[["Region", "Owner", "Postcode", "Since"]]).assign(Source=_sources(who, seed))
    people = demo_growth.customers(customers, sales, seed).assign(Member=demo_spend.members(who, seed))
    segments = [(s, v[7], v[5], v[6]) for s, v in SEGMENTS.items()]
    usage = [(s, u, share) for s, users in SERVICE_USAGE.items() for u, share in users.items()]
    return {
        "Settings": _frame("setting value meaning", [(s.name, ours.get(s.name, s.default), s.help) for s in SETTINGS]),
        "Segments": _frame("segment description required_margin incentive_share", segments).assign(future_value=np.nan),
        "Customers": people,
        "Products": demo_growth.products(products, START + DAYS - 1),
        "Sales": sales,
        "CostPools": _frame("account pool amount level driver filter weight layer", POOLS).astype({"weight": float}),
        "Activities": _frame("pool activity driver level filter unit_time capacity", ACTIVITIES),
        "Drivers": _drivers(rng, who, sales),
        "Rates": _frame("currency from rate", RATES).astype({"from": "datetime64[s]"}),
        "Scenarios": _frame("scenario change object value", SCENARIOS),
        "ServiceUsage": _frame("service user share", usage),
        "ValueDrivers": demo_price.ranged(values),
        "Contracts": demo_price.contracts(who, seed),
        "Attributes": demo_price.attributes(),
        "PriceSurvey": demo_price.price_survey(seed),
        "PriceTests": demo_price.price_tests(seed),
        "Choices": demo_price.choices(seed),
        "Profiles": demo_price.profiles(),
        "Offers": _offers(rng, who, products, values),
        "Surveys": surveys,
        "TouchPoints": demo_spend.touch_points(
            _frame("touch_point phase description", [(t, v[0], v[3]) for t, v in TOUCHPOINTS.items()])
        ),
        "Channels": _frame(
            "channel description capacity", [(c, v[4], demo_spend.CAPACITY.get(c)) for c, v in CHANNELS.items()]
        ).astype({"capacity": float}),
        "Prospects": demo_growth.prospects(people, seed),
        "Capabilities": demo_growth.capabilities(),
        **demo_spend.tables(people, sales, seed),
    }


def _frame(columns: str, rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def _products() -> pd.DataFrame:
    rows = [(p[0], p[1], KINDS.get(p[0][:2], "product"), p[3], p[4], p[2]) for p in PRODUCTS]
    return _frame("product name kind list_price unit_cost Family", rows)


def _pick(rng: np.random.Generator, shares: np.ndarray) -> np.ndarray:
    """One index a row, drawn by the row's shares."""
    total = np.cumsum(shares, axis=1)
    return (rng.random(len(shares))[:, None] * total[:, -1:] > total).sum(axis=1)


def _weekday(date: np.ndarray) -> np.ndarray:
    return np.busday_offset(date, 0, roll="forward", holidays=HOLIDAYS)


def _people(rng: np.random.Generator) -> pd.DataFrame:
    """Customers with the traits that drive them (columns that begin with an underscore, not shown to anybody)."""
    n = CUSTOMERS
    shares, rate, basket, lines = (np.array([v[i] for v in SEGMENTS.values()]) for i in range(4))
    segment = _pick(rng, np.tile(shares, (n, 1)))
    # 2.2% key accounts, 3.4% barnacles who order crumbs all the time
    kind = _pick(rng, np.tile([0.944, 0.022, 0.034], (n, 1)))
    rate = rate[segment] * rng.standard_gamma(1.1, n) / 1.1
    basket = basket[segment] * 2.4 / np.maximum(rng.standard_gamma(3.4, n), 0.25)
    rate = np.select([kind == 1, kind == 2], [0.35 + 0.4 * rng.random(n), 0.4 + 0.4 * rng.random(n)], rate)
    basket = np.select([kind == 1, kind == 2], [1200 + 2600 * rng.random(n), 26 + 26 * rng.random(n)], basket)
    happy = np.clip(72 + 13 * rng.standard_normal(n), 20, 98)
    leave = rng.beta(1.0, 11.0, n) * np.exp((70 - happy) / 30)
    leave = np.clip(np.where(kind == 0, leave, leave * 0.08), 0.001, 0.7)
    owner = _pick(rng, np.ones((n, len(OWNERS))))
    channel = _pick(rng, np.array([v[0] for v in CHANNELS.values()]).T[segment])
    channel[kind == 1] = 0

    old = rng.random(n) < 0.55
    first = np.where(old, rng.random(n) * np.minimum(7 / rate, 150), rng.random(n) * (DAYS - 30))

    power = np.log10(rate * 52 * basket / 4000)
    discount = 0.05 + 0.10 * power + 0.03 * rng.standard_normal(n) + np.array([0.01, -0.02, 0.0, 0.04])[segment]
    discount = np.clip(discount, 0, 0.27) + np.array([v[1] for v in OWNERS.values()])[owner]
    discount += np.where(kind == 1, 0.21 * rng.random(n) ** 1.5, 0)
    region = np.array([v[0] for v in OWNERS.values()])[owner]
    postcode = np.select([region == r for r in ("East", "North", "West")], [1000, 20000, 40000], 80000)
    places = np.array([s + e for s in STEMS for e in ENDS])
    names = np.empty(n, dtype=object)
    for i, forms in enumerate(NAMES.values()):
        rows = np.flatnonzero(segment == i)
        houses = [f.format(p) for f in forms for p in (places if f != forms[-1] else places[::20])]
        names[rows] = [houses[k] for k in rng.permutation(len(houses))[: len(rows)]]
    return pd.DataFrame(
        {
            "customer": [f"C{i}" for i in range(10_001, 10_001 + n)], "name": names,
            "segment": np.array(list(SEGMENTS))[segment], "Region": region, "Owner": np.array(list(OWNERS))[owner],
            "Postcode": [f"{p:05d}" for p in postcode + rng.integers(0, 9000, n)],
            "Since": np.where(old, 2023 - rng.integers(0, 15, n), 2024 + (first >= 366)),
            "_segment": segment, "_kind": kind, "_first": first, "_rate": rate, "_basket": basket, "_leave": leave,
            "_lines": np.select([kind == 1, kind == 2], [5.0, 1.3], lines[segment]),
            "_channel": channel, "_discount": discount, "_happy": happy,
        }
    )  # fmt: skip


def _sources(who: pd.DataFrame, seed: int) -> np.ndarray:
    """Where each customer was won; who was recommended stays longer. Draws of its own: all else stays as it was."""
    rng = np.random.default_rng([seed, 7])
    stays = 1 - np.minimum(who["_leave"].to_numpy() / 0.25, 1)
    shares = np.stack([0.25 + 0 * stays, 0.3 * stays, 0.45 - 0.25 * stays, 0.3 - 0.05 * stays], axis=1)
    return np.array(SOURCES)[_pick(rng, shares)]


def _sales(rng: np.random.Generator, who: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Invoice lines: orders with their lines and freight, returns, manual corrections; some without customer."""
    # BG/NBD: exponential gaps at the customer's rate; after each purchase the customer leaves with probability _leave
    gaps = rng.standard_exponential((len(who), 250)) * 7 / who["_rate"].to_numpy()[:, None]
    gaps[:, 0] = who["_first"]
    days = np.cumsum(gaps, axis=1)
    stays = rng.geometric(who["_leave"].to_numpy())[:, None] > np.arange(gaps.shape[1])
    c, nth = np.nonzero((days < DAYS) & stays)
    date = _weekday(START + days[c, nth].astype(int))
    sequence = np.argsort(date, kind="stable")
    c, date = c[sequence], date[sequence]
    person = {name: who[name].to_numpy()[c] for name in who}
    channel = np.where((rng.random(len(c)) < 0.15) & (person["_kind"] != 1), 2, person["_channel"])
    touch = _pick(rng, np.array([v[1] for v in TOUCHPOINTS.values()]).T[channel])
    guest = (channel == 2) & (person["_kind"] == 0) & (rng.random(len(c)) < 0.035)
    size = person["_basket"] * rng.standard_gamma(3.0, len(c)) / 3.0

    # lines: each customer has its own taste; nobody buys a foam sprayer with a basket of 40
    o = np.repeat(np.arange(len(c)), 1 + rng.poisson(person["_lines"] * (size / person["_basket"]) ** 0.3))
    price, cost = products["list_price"].to_numpy(), products["unit_cost"].to_numpy()
    affinity = np.array([p[5] for p in PRODUCTS], dtype=float)
    taste = affinity.T[who["_segment"]] * (0.1 + rng.standard_gamma(0.6, (len(who), len(products))))
    taste *= np.exp(-np.nan_to_num(price) / (0.5 * who["_basket"].to_numpy()[:, None]))
    p = _pick(rng, taste[c[o]])
    _, first = np.unique(o * len(products) + p, return_index=True)
    o, p = o[first], p[first]
    share = 0.3 + rng.random(len(o))
    share /= np.bincount(o, share)[o]
    quantity = np.maximum(1, np.rint(size[o] * share / price[p]))
    discount = person["_discount"][o] + np.array([v[3] for v in CHANNELS.values()])[channel[o]]
    discount = np.where((products["kind"] == "service").to_numpy()[p], discount / 2, discount)
    discount = np.clip(np.rint(100 * (discount + 0.02 * rng.standard_normal(len(o)))) / 100, 0, 0.6) + 0.0  # no -0.0

    # freight is due on small orders, and half of the time given away
    code = {k: i for i, k in enumerate(products["product"])}
    small = np.flatnonzero(np.bincount(o, quantity * price[p]) < 70)
    waived = np.where(rng.random(len(small)) < 0.5, 1.0, 0.0)
    back = np.flatnonzero(rng.random(len(o)) < np.where(p == code["EQ-610"], 0.07, 0.021))
    odd = rng.choice(len(c), 24, replace=False)
    late = rng.integers(4, 31, len(c))
    lines = pd.DataFrame(
        {
            "o": np.concatenate([o, small, o[back], odd]),
            "p": np.concatenate([p, np.full(len(small), code["FE-800"]), p[back], np.full(24, code["AD-900"])]),
            "quantity": np.concatenate([quantity, np.ones(len(small)), -np.ceil(quantity[back] * 0.7), -np.ones(24)]),
            "discount": np.concatenate([discount, waived, discount[back], np.zeros(24)]),
            "late": np.concatenate([np.zeros(len(o) + len(small), int), late[o[back]], late[odd]]),
        }
    )
    o, p = lines["o"].to_numpy(), lines["p"].to_numpy()
    old = date[o] < np.datetime64("2025-01-01")
    lines["list_price"] = np.round(price[p] * np.where(old, PRICES_2024, 1.0), 2)
    lines.loc[p == code["AD-900"], "list_price"] = np.round(40 + 600 * rng.random(24), 2)
    lines["net_revenue"] = np.round(lines["quantity"] * lines["list_price"] * (1 - lines["discount"]), 2) + 0.0
    cost = np.nan_to_num(cost)[p] * np.where(old, COSTS_2024, 1.0)
    lines["cost_of_goods"] = np.round(lines["quantity"] * cost, 2) + 0.0
    lines["date"] = _weekday(date[o] + lines["late"].to_numpy())
    lines["customer"] = np.where(guest[o], None, person["customer"][o])
    lines["product"] = products["product"].to_numpy()[p]
    lines["channel"] = np.array(list(CHANNELS), dtype=object)[channel[o]]
    lines["touch_point"] = np.array(list(TOUCHPOINTS), dtype=object)[touch[o]]
    lines["order"] = [f"{'SO' if k == 0 else 'CN'}{i}" for k, i in zip(lines["late"], 200_001 + o, strict=True)]
    lines = lines[lines["date"] < START + DAYS].sort_values(["date", "o"], kind="stable", ignore_index=True)
    names = ["date", "customer", "product", "channel", "touch_point", "quantity", "list_price", "discount"]
    return lines[[*names, "net_revenue", "cost_of_goods", "order"]].assign(currency=None)


def _drivers(rng: np.random.Generator, who: pd.DataFrame, sales: pd.DataFrame) -> pd.DataFrame:
    """Volumes of activities over the two years."""
    orders = who["customer"].map(sales.groupby("customer")["order"].nunique()).fillna(0).to_numpy()
    # visits follow habit more than revenue; barnacles call about every other order
    visits = rng.poisson(np.select([who["_kind"] == 1, who["_kind"] == 2], [40.0, 2.0], 0.9 + 0.28 * orders))
    calls = rng.poisson(np.select([who["_kind"] == 1, who["_kind"] == 2], [24.0, 0.7 * orders], 0.6 + 0.35 * orders))
    minutes = sales.groupby("channel")["order"].nunique()
    volumes = {
        "sales visits": dict(zip(who["customer"], visits, strict=True)),
        "service calls": dict(zip(who["customer"], calls, strict=True)),
        "order minutes": {k: round(v[1] * minutes[k]) for k, v in CHANNELS.items()},
        "campaigns": {k: v[2] for k, v in CHANNELS.items()},
        "contacts": {k: v[2] for k, v in TOUCHPOINTS.items()},
        "programmes": dict(zip(SEGMENTS, (9, 5, 7, 3), strict=True)),
        "set-ups": {p[0]: 2 + 4 * (p[2] in ("Laboratory", "Equipment")) for p in PRODUCTS if p[4]},
    }
    rows = [(driver, k, float(v)) for driver, objects in volumes.items() for k, v in objects.items() if v > 0]
    return _frame("driver object volume", rows)


def _value_drivers(rng: np.random.Generator, products: pd.DataFrame) -> pd.DataFrame:
    by_code = products.set_index("product")
    rows: list[tuple[Any, ...]] = []
    for segment, (_, _, _, _, worth, *_) in SEGMENTS.items():
        for code, (reference, gain, loss, rival) in VALUE.items():
            price, family = by_code.loc[code, "list_price"], by_code.loc[code, "Family"]
            gains = GAINS[family]
            parts = (0.5 + rng.random(len(gains))) * gain * worth
            parts = parts / parts.sum() * gain * worth
            losses = LOSSES[: 1 + int(rng.random() < 0.5)]
            split = (1.0,) if len(losses) == 1 else (0.65, 0.35)
            rivals = reference * (0.97 + 0.06 * rng.random())
            lines = [("Price of the alternative", "reference", rivals, "Quotes seen by sales")]
            lines += [(g, "gain", a, EVIDENCE[int(6 * rng.random())]) for g, a in zip(gains, parts, strict=True)]
            lines += [(x, "loss", loss * s, "Interviews") for x, s in zip(losses, split, strict=True)]
            rows += [(segment, code, name, kind, round(price * a, 2), rival, why) for name, kind, a, why in lines]
    return _frame("segment product driver kind amount rival evidence", rows)


def _offers(rng: np.random.Generator, who: pd.DataFrame, products: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """120 offers for each product with value drivers, accepted by a logit in price, value and satisfaction."""
    code = np.repeat(np.array(list(VALUE)), 120)
    n = len(code)
    c = rng.integers(0, len(who), n)
    signed = values["amount"] * values["kind"].map({"reference": 1, "gain": 1, "loss": -1})
    evc = signed.groupby([values["segment"], values["product"]]).sum()
    segment, happy = who["segment"].to_numpy()[c], who["_happy"].to_numpy()[c]
    worth = evc.loc[list(zip(segment, code, strict=True))].to_numpy()
    price = products.set_index("product")["list_price"].loc[code].to_numpy()
    offered = np.round(price * (0.62 + 0.5 * rng.random(n)), 2)
    satisfaction = np.clip(np.rint(happy + 5 * rng.standard_normal(n)), 0, 100)
    score = 8 * (offered - (0.5 * worth + 0.4 * price)) / price - 0.05 * (satisfaction - 70)
    frame = pd.DataFrame(
        {
            "date": _weekday(START + rng.integers(0, DAYS - 1, n)),
            "customer": who["customer"].to_numpy()[c], "segment": segment, "product": code, "price": offered,
            "accepted": rng.random(n) < 1 / (1 + np.exp(score)), "satisfaction": satisfaction,
        }
    )  # fmt: skip
    return frame.sort_values("date", kind="stable", ignore_index=True)


def _surveys(rng: np.random.Generator, who: pd.DataFrame) -> pd.DataFrame:
    n = 600
    c = rng.integers(0, len(who), n)
    satisfaction = np.clip(np.rint(who["_happy"].to_numpy()[c] + 6 * rng.standard_normal(n)), 0, 100)
    recommend = np.clip(np.rint(satisfaction / 10 + 0.6 + rng.standard_normal(n)), 0, 10).astype(int)
    said = np.array([PRAISE, BLAME], object)[(satisfaction <= 70).astype(int), rng.integers(0, len(BLAME), n)]
    said[rng.random(n) > 0.35] = None
    frame = pd.DataFrame(
        {
            "date": _weekday(START + rng.integers(30, DAYS - 1, n)), "customer": who["customer"].to_numpy()[c],
            "satisfaction": satisfaction, "recommend": recommend, "comment": said,
        }
    )  # fmt: skip
    return frame.sort_values("date", kind="stable", ignore_index=True)
