"""Satisfaction, lifecycle, loyalty, contacts and touch-points: published cases through the tables of small books."""

import numpy as np
import pandas as pd
import pytest
from answers.books import book, read, rows

from cvm_xl.answers.dimensions import with_tiers
from cvm_xl.answers.lifecycle import expansion
from cvm_xl.answers.loyalty import loyalty, transitions
from cvm_xl.answers.spend_tables import spend_tables
from cvm_xl.answers.tiers import tier_names, tiers
from cvm_xl.check import check
from cvm_xl.functions.retention import CVM_MARKOV_CLV


def day(text):
    return np.datetime64(text)


SALES = rows(
    "date customer product channel quantity net_revenue cost_of_goods order",
    (day("2024-01-02"), "a", "p", "Web", 1.0, 3000.0, 1000.0, "1"),
    (day("2024-03-01"), "b", "p", "Rep", 1.0, 800.0, 500.0, "2"),
    (day("2025-02-01"), "a", "p", "Web", 1.0, 2500.0, 1000.0, "3"),
    (day("2025-06-01"), "c", "p", "Rep", 1.0, 200.0, 150.0, "4"),
    (day("2025-12-31"), "a", "p", "Rep", 1.0, 500.0, 100.0, "5"),
)
CUSTOMERS = rows("customer segment", ("a", "Farms"), ("b", "Farms"), ("c", "Parks"))
LIFE = pd.DataFrame(
    {
        "Customer": ["a", "b", "c"],
        "Name": None,
        "Segment": ["Farms", "Farms", "Parks"],
        "P(alive)": [0.9, 0.05, 0.8],
        "CLV": [500.0, 20.0, 200.0],
    }
)


def made(given, **frames):
    """What is set of a book with these tables, and its notes: answers beside Tiers and a Lifetime given."""
    settings = {k: frames.pop(k) for k in list(frames) if k.islower()}
    facts, costs = read(book(**{"Sales": SALES, "Customers": CUSTOMERS} | frames), **settings)
    ranked = tiers(facts, costs)
    with_tiers(facts, list(ranked["Customer"]), list(ranked["Tier"]), tier_names(facts))
    tables, left_out, models = spend_tables(facts, costs, ranked, LIFE)
    assert left_out == {}
    return tables[given] if given else (tables, facts.notes, models)


def test_a_plain_workbook_gets_none_of_these_tables():
    tables, notes, models = made(None)
    assert (tables, notes, models) == ({}, [], [])


# --- satisfaction ------------------------------------------------------------------------------------------------


def survey(**columns):
    frame = pd.DataFrame(columns)
    return frame.assign(date=day("2024-06-01")) if "date" not in frame else frame


def test_satisfaction_and_who_stayed_as_surveys_say():
    scores = [3.0, 4, 5, 6, 7, 8, 9, 10] * 50
    stays = np.array([0.3, 0.46, 0.58, 0.75, 0.8, 0.86, 0.88, 0.92] * 50)
    kept = np.arange(400) // 8 / 50 < stays - 1e-9
    tables, notes, _ = made(None, Surveys=survey(satisfaction=scores, kept=kept))
    figures = tables["SatisfactionFit"].set_index("Figure")["Value"]
    assert figures["form"] == "asymmetric"
    assert figures["below"] > 3 * figures["above"] > 0
    assert figures["error_asymmetric"] < figures["error_linear"]
    assert figures["reading"] == "partly"  # what is won above the reference is within its error
    curve = tables["SatisfactionCurve"]
    assert curve["Kept"].to_numpy() == pytest.approx(stays[:8], abs=0.011)
    assert np.abs(curve["Fitted"] - curve["Kept"]).max() < 0.07
    assert notes == []


def test_without_it_who_stays_buys_again_within_the_days_of_settings():
    many = 60
    names = [f"k{i}" for i in range(many)]
    happy = np.arange(many) % 2 == 0
    first = pd.DataFrame({"date": day("2024-01-01"), "customer": names, "product": "p"})
    again = first[happy].assign(date=day("2024-08-01"))
    late = first[~happy].assign(date=day("2025-06-01"))
    sales = pd.concat([first, again, late]).assign(quantity=1.0, net_revenue=10.0, cost_of_goods=6.0)
    surveys = survey(customer=names, satisfaction=np.where(happy, 90.0, 40.0), date=day("2024-05-01"))
    surveys["satisfaction"] += np.arange(many) % 7
    curve = made("SatisfactionCurve", Sales=sales, Surveys=surveys, kept_within=180)
    assert curve["Answers"].sum() == many
    assert set(curve["Kept"]) == {0.0, 1.0}
    # On the last day of more days all of them stay.
    curve = made("SatisfactionCurve", Sales=sales, Surveys=surveys, kept_within=396)
    assert set(curve["Kept"]) == {1.0}


def test_drivers_kano_and_promoters_are_those_of_the_functions():
    surveys = survey(
        customer=["a", "b", "c", None, None, None],
        satisfaction=[7.0, 5, 9, 4, 8, 6],
        recommend=[10.0, 6, 9, 8, 7, 9],
        Speed=[6, 5, 9, 3, 8, 7],
        Care=[7, 5, 8, 6, 9, 4],
    )
    kano = rows("feature attractive one_dimensional must_be indifferent", ("Port", 7.0, 32.3, 49.3, 9.5))
    tables, _, _ = made(None, Surveys=surveys, Kano=kano)
    drivers = tables["SatisfactionDrivers"].set_index("Driver")
    assert drivers.loc["Speed", "Weight"] == pytest.approx(0.6700275786)
    assert drivers.loc["Care", "Share"] == pytest.approx(0.3065171721)
    assert drivers["Weight"].sum() == pytest.approx(drivers["Shapley"].sum())  # both are R2
    assert tables["KanoMap"].loc[0, ["Better", "Worse"]].tolist() == pytest.approx([0.4006116, -0.8318043])
    assert tables["KanoMap"].loc[0, "Class"].startswith("must-be")
    score = tables["NetPromoters"].iloc[0]
    assert score[["Group", "Answers"]].tolist() == ["All customers", 3]
    assert score["NPS"] == pytest.approx(100 / 3)
    assert score["Low"] <= score["NPS"] <= score["High"]


def test_the_dissatisfied_who_are_profitable_come_first():
    surveys = survey(
        date=[day("2024-05-01"), day("2025-05-01"), day("2025-01-01"), day("2025-01-01")],
        customer=["a", "a", "b", "c"],
        satisfaction=[90.0, 30.0, 40.0, 95.0],
        comment=["Fine", None, "Late", None],
    )
    table = made("Dissatisfied", Surveys=surveys)
    assert table["Customer"].tolist() == ["a", "b"]
    assert table["Satisfaction"].tolist() == [30, 40]  # the latest answer
    assert table["Comment"].tolist() == ["Fine", "Late"]
    assert (np.diff(table["Profit"]) <= 0).all()
    assert table["CLV"].tolist() == [500, 20]
    assert made("Dissatisfied", Surveys=surveys, dissatisfied_below=35.0)["Customer"].tolist() == ["a"]


def test_published_best_spend_on_satisfaction():
    today = 0.9 - 0.2 * np.exp(-0.05 * 20)
    rates = rows(
        "segment margin kept_at_most kept_today kept_without spend_to_satisfy", (None, 100.0, 0.9, today, 0.7, 20.0)
    )
    row = made("SatisfactionSpend", SegmentRates=rates, discount_rate=0.1).iloc[0]
    assert row["Segment"] == "All customers"
    assert row[["Gap", "Rate"]].tolist() == pytest.approx([0.2, 0.05])
    assert row["Best spend"] == pytest.approx(64.742740)
    assert row["Net best"] == pytest.approx(364.471736)
    assert row["Net today"] == pytest.approx(100 * today / (1.1 - today) - 20)
    assert row["Verdict"] == "Under-satisfying: 45 more a customer pays"


# --- won, kept, lost, won back -----------------------------------------------------------------------------------


def test_published_best_spend_to_win_and_to_keep():
    won, kept = 0.4 * -np.expm1(-0.05 * 10), 0.7 * -np.expm1(-0.06 * 15)
    rates = rows(
        "segment margin won_at_most won_today spend_to_win kept_at_most kept_today spend_to_keep",
        (None, 60.0, 0.4, won, 10.0, 0.7, kept, 15.0),
    )
    row = made("AcquireRetain", SegmentRates=rates, discount_rate=0.1).iloc[0]
    found = row[["Keep best", "Kept", "CLV", "Win best", "Won", "Equity"]].tolist()
    assert found == pytest.approx([19.198251, 0.478774, 75.337702, 8.199155, 0.134529, 1.935927], abs=1e-5)


def test_the_funnel_by_source_against_its_ceiling():
    sources = rows(
        "source leads customers spend clv",
        ("Fair", 200.0, 30.0, 9000.0, 250.0),
        ("Search", 600.0, 30.0, 3600.0, 200.0),
        ("Search", 400.0, 20.0, 2400.0, 200.0),
    )
    table = made("AcquisitionFunnel", Sources=sources).set_index("Source")
    assert table.loc["Search", ["Conversion", "Cost a customer", "Ceiling"]].tolist() == [0.05, 120, 200]
    assert table.loc["Search", "Return"] == pytest.approx(2 / 3)
    assert table.loc["Fair", "Verdict"] == "Above the ceiling: 50 a customer lost"
    # Without a value of its own, a source's customers are worth what Lifetime says of them.
    customers = CUSTOMERS.assign(Source=["Fair", "Search", "Search"])
    table = made("AcquisitionFunnel", Sources=sources.drop(columns="clv"), Customers=customers).set_index("Source")
    assert table["Ceiling"].to_dict() == {"Search": 110, "Fair": 500}


def test_equity_with_customers_to_come():
    won = [30, 18, 27, 39, 52, 60, 63, 57, 49, 36]
    sources = pd.DataFrame(
        {
            "period": np.arange(1.0, 11),
            "source": "All",
            "leads": 100.0,
            "customers": won,
            "spend": np.array(won) * 20.0,
            "clv": 25.0,
        }
    )
    rates = rows("segment margin kept_today", (None, 10.0, 0.8))
    figures = made("EquityFigures", Sources=sources, SegmentRates=rates, discount_rate=0.1).set_index("Figure")["Value"]
    assert figures["equity"] == pytest.approx(5922.413265)
    assert figures["elasticity_retention"] == pytest.approx(4.459522372)


def test_who_is_lost_is_won_back_by_second_lifetime_value():
    rates = rows("segment back kept_once_back contact_cost incentive", ("Farms", 0.2, 0.5, 15.0, 10.0))
    table = made("WinBack", SegmentRates=rates, discount_rate=0.1, lost_below=0.3)
    assert table["Customer"].tolist() == ["b"]
    row = table.iloc[0]
    assert row["Margin"] == 300
    assert row["Second value"] == pytest.approx(300 * 1.1 / (1.1 - 0.5), abs=0.01)
    assert row["Highest incentive"] == pytest.approx(550 - 15 / 0.2)
    assert row["Expected value"] == pytest.approx(0.2 * (550 - 10) - 15)


def test_switching_complaints_and_referrals():
    switching = rows(
        "investment from to now after customers margin cost",
        ("App", "Ours", "Ours", 0.8, 0.85, 100.0, 10.0, 500.0),
        ("App", "Ours", "Rival", 0.2, 0.15, None, None, None),
        ("App", "Rival", "Ours", 0.1, 0.12, 400.0, None, None),
        ("App", "Rival", "Rival", 0.9, 0.88, None, None, None),
    )
    row = made("SwitchingReturn", Switching=switching, discount_rate=0.1).iloc[0]
    assert row["Return"] == pytest.approx(7.621621622)
    assert row["CLV before"] == pytest.approx(45)
    complaints = rows(
        "customer success cost value_recovered value_lost",
        ("c", 0.6, 80.0, 200.0, 150.0),
        ("a", 0.6, 80.0, None, 100.0),  # worth 500 by Lifetime
    )
    table = made("Recovery", Complaints=complaints)
    assert table["Expected value"].tolist() == pytest.approx([160, -50])
    assert table["Highest spend"].tolist() == pytest.approx([240, 30])
    referrals = rows(
        "customer referred joined_anyway margin acquisition_saved reward marketing delay",
        ("a", "b", False, 100.0, 20.0, 5.0, 10.0, 0.0),
        ("a", "c", True, 100.0, 20.0, 5.0, 10.0, 1.0),
    )
    row = made("ReferralValues", Referrals=referrals, discount_rate=0.1).iloc[0]
    assert row["Referral value"] == pytest.approx(105 + 18.18181818)
    assert row[["Referred", "Joined anyway"]].tolist() == [2, 1]


def test_expansion_adds_up():
    facts, _ = read(book(Sales=SALES, Customers=CUSTOMERS))
    table = expansion(facts).set_index("Segment")
    farms = table.loc["Farms"]
    assert farms["Customers before"] == 2
    assert farms[["Revenue before", "Expansion", "Contraction", "Lost", "New"]].tolist() == [3800, 0, 0, -800, 0]
    assert table.loc["Parks", "New"] == 200
    assert farms["Net retention"] == pytest.approx(3000 / 3800)
    total = table.loc["All customers"]
    after = total[["Revenue before", "Expansion", "Contraction", "Lost", "New"]].sum()
    assert after == 3200


# --- programme and moves -----------------------------------------------------------------------------------------


def test_the_loyalty_programme_by_tier():
    facts, costs = read(book(Sales=SALES, Customers=CUSTOMERS))
    ranked = tiers(facts, costs)
    programme = rows(
        "tier from reward redemption redeemed", ("Gold", 1000.0, 0.05, 0.8, 20.0), ("Silver", 300.0, 0.02, 0.5, 0.0)
    )
    facts, _ = read(book(Sales=SALES, Customers=CUSTOMERS, LoyaltyTiers=programme))
    table = loyalty(facts, ranked)["LoyaltyProgramme"].set_index("Tier")
    assert table["Members"].to_dict() == {"Gold": 1, "Silver": 1, "Below the first": 1}
    revenue = 6000 / 2
    gold = table.loc["Gold"]
    assert gold["Revenue"] == pytest.approx(revenue, rel=0.002)
    assert gold["Lift to break even"] == pytest.approx(0.04 / (gold["Margin"] - 0.04))
    assert gold["Liability"] == pytest.approx(revenue * 0.04 - 20, rel=0.005)
    assert table["Share of sales"].sum() == pytest.approx(1, abs=1e-5)
    members = CUSTOMERS.assign(Member=["TRUE", None, None])
    facts, _ = read(book(Sales=SALES, Customers=members, LoyaltyTiers=programme))
    assert loyalty(facts, ranked)["LoyaltyProgramme"]["Members"].sum() == 1


def test_rows_of_transitions_sum_to_one_and_a_rate_is_worth_what_it_changes():
    rng = np.random.default_rng(5)
    many = 300
    names = np.array([f"k{i:03d}" for i in range(many)])
    size = rng.lognormal(4, 1, many)
    years = []
    for year, buys in (("2024", rng.random(many) < 0.9), ("2025", rng.random(many) < 0.7)):
        earned = np.round(size * rng.lognormal(0, 0.6, many), 2)[buys]
        days = day(f"{year}-01-02") + rng.integers(0, 360, int(buys.sum()))
        years.append(
            pd.DataFrame(
                {
                    "date": days,
                    "customer": names[buys],
                    "product": "p",
                    "quantity": 1.0,
                    "net_revenue": earned,
                    "cost_of_goods": 0.0,
                }
            )
        )
    facts, costs = read(book(Sales=pd.concat(years)), discount_rate=0.1, period_end=np.datetime64("2025-12-31"))
    found = transitions(facts, costs)
    table, changes = found["Transitions"], found["RateChanges"]
    labels = ["Top", "Middle", "Bottom", "Gone"]
    shares = table[[f"To {label}" for label in labels]].to_numpy()
    assert shares.sum(axis=1) == pytest.approx(1)
    assert (np.diag(shares) == table["Stays"]).all()
    full = np.vstack([shares, [0, 0, 0, 1]])
    rewards = np.append(table["Profit a year"], 0.0)
    worth = CVM_MARKOV_CLV(full, rewards, 0.1)
    assert table["Worth"].to_numpy() == pytest.approx(worth[:-1], abs=0.006)
    change = changes[(changes["From"] == "Top") & (changes["Less to"] == "Gone")].iloc[0]
    moved = full.copy()
    moved[0, [3, 0]] += [-0.01, 0.01]
    last = pd.concat(years)
    now = last[last["date"] >= day("2025-01-01")].groupby("customer")["net_revenue"].sum().sort_values()
    n = len(now)
    counts = np.array([round(0.2 * n), n - round(0.2 * n) - round(0.1 * n), round(0.1 * n), 0])
    gain = counts @ (CVM_MARKOV_CLV(moved, rewards, 0.1) - worth)
    assert change["Worth of a point"] == pytest.approx(gain, rel=0.02)
    assert change["Move"] == "One in a hundred of Top stays instead of leaving"


def test_whom_to_contact_follows_what_was_known_on_the_day():
    rng = np.random.default_rng(2)
    many = 400
    names = np.array([f"k{i:03d}" for i in range(many)])
    often = rng.integers(1, 12, many)
    parts = [
        pd.DataFrame({"date": day("2024-01-01") + rng.integers(0, 180, k), "customer": name})
        for name, k in zip(names, often, strict=True)
    ]
    after = pd.DataFrame({"date": day("2024-12-01"), "customer": names})  # after the contact: tells nothing of it
    sales = pd.concat([*parts, after]).assign(product="p", quantity=1.0, net_revenue=20.0, cost_of_goods=10.0)
    responded = rng.random(many) < 1 / (1 + np.exp(4 - 0.6 * often))
    asked = pd.DataFrame(
        {
            "customer": names,
            "date": day("2024-07-01"),
            "responded": responded,
            "cost": 3.0,
            "margin": np.where(responded, 12.0, np.nan),
        }
    )
    tables, notes, models = made(None, Sales=sales, Contacts=asked)
    assert notes == []
    model = models[0].set_index("Name")["Value"]
    assert model["log purchases"] > 3 * model["se_log purchases"]
    deciles = tables["ContactDeciles"]
    assert deciles["Customers"].sum() == many
    assert deciles["Lift"].iloc[0] > 1.5
    assert deciles["Cumulative profit"].iloc[-1] == pytest.approx(12 * responded.sum() - 3 * many)
    people = tables["ContactList"]
    assert (np.diff(people["Expected response"]) <= 0).all()
    assert (people["Expected profit"] > 0).all()
    assert people["Expected profit"].to_numpy() == pytest.approx(12 * people["Expected response"] - 3, abs=0.006)


# --- touch-points, channels, initiatives -------------------------------------------------------------------------


def test_touch_points_channels_and_the_cheapest_mix():
    points = rows(
        "touch_point potential reach capture margin cost",
        ("Fair", 5000.0, 0.8, 0.2, 0.4, 120.0),
        ("Web", 10000.0, 0.5, 0.1, 0.4, 50.0),
        ("Post", None, None, None, None, None),
    )
    fit = rows(
        "tier channel effect cost_an_order orders need",
        ("Top", "Web", 0.5, 1.0, 100.0, 0.6),
        ("Top", "Rep", 0.9, 5.0, None, None),
        ("Bottom", "Web", 0.5, 1.0, 200.0, 0.5),
        ("Bottom", "Rep", 0.9, 5.0, None, None),
    )
    channels = rows("channel capacity", ("Web", 250.0), ("Rep", 100.0))
    pools = rows(
        "pool amount level driver layer",
        ("Calls", 50.0, "order", "orders", "serve"),
        ("Ads", 30.0, "order", "orders", "relationship"),
    )
    tables, notes, _ = made(
        None, TouchPoints=points, ChannelFit=fit, Channels=channels, CostPools=pools, further_tables="ChannelCosts"
    )
    assert tables["TouchPointValue"]["Touch-point"].tolist() == ["Web", "Fair"]
    assert tables["TouchPointValue"]["Expected value"].tolist() == [150, 200]
    assert notes == ["TouchPointValue: potential, reach and capture are needed; left out: Post"]
    plan = tables["ChannelPlan"].set_index("Way")["Orders best"]
    assert plan[["Top, Web", "Top, Rep", "Bottom, Web", "Bottom, Rep"]].tolist() == pytest.approx([75, 25, 175, 25])
    costs = tables["ChannelCosts"].set_index("Channel")
    assert costs["Orders"].to_dict() == {"Web": 2, "Rep": 3}
    assert costs["Cost to serve"].to_dict() == {"Web": 20, "Rep": 30}
    assert costs.loc["Rep", "Sell an order"] == 6


def test_a_mix_that_cannot_serve_says_so():
    fit = rows("tier channel effect cost_an_order orders need", ("Top", "Web", 0.5, 1.0, 100.0, 0.9))
    tables, notes, _ = made(None, ChannelFit=fit)
    assert "ChannelPlan" not in tables
    assert notes[0].startswith("ChannelPlan: ")


def test_initiatives_by_what_presses():
    given = rows(
        "initiative owner due start target actual",
        ("Late", "Ann", day("2025-12-01"), 0.0, 10.0, 4.0),
        ("Done", "Bob", day("2025-12-01"), 20.0, 10.0, 9.0),
        ("Soon", "Cas", day("2026-01-20"), 0.0, 10.0, 5.0),
        ("Later", "Dan", day("2026-06-20"), 0.0, 10.0, 5.0),
        ("Blind", "Eve", day("2026-06-20"), 0.0, 10.0, None),
    )
    table = made("InitiativeStatus", Initiatives=given)
    assert dict(zip(table["Initiative"], table["Status"], strict=True)) == {
        "Late": "overdue",
        "Soon": "due within 30 days",
        "Blind": "not measured",
        "Later": "under way",
        "Done": "reached",
    }
    assert list(table["Initiative"]) == ["Late", "Soon", "Blind", "Later", "Done"]
    assert table.set_index("Initiative")["Reached"].drop("Blind").to_dict() == {
        "Late": 0.4, "Soon": 0.5, "Later": 0.5, "Done": 1.1
    }  # fmt: skip


@pytest.mark.parametrize(
    ("frames", "column", "words"),
    [
        (
            {"SegmentRates": rows("segment kept_at_most kept_today", (None, 0.7, 0.8))},
            "Kept today",
            "is above Kept at most",
        ),
        (
            {"Switching": rows("investment from to now after", ("App", "Ours", "Ours", 0.8, 1.0))},
            "Now",
            "is the sum of the shares from Ours (App)",
        ),
    ],
)
def test_rates_that_cannot_be(frames, column, words):
    errors = [problem for problem in check(book(Sales=SALES, **frames)) if problem.level == "error"]
    assert [problem.place.column for problem in errors] == [column]
    assert words in errors[0].message
    assert errors[0].remedy
