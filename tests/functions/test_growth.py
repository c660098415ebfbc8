"""The growth family as cells see it; formulas are tested with the models."""

import numpy as np
import pytest

from cvm_xl.cells import ExcelError
from cvm_xl.errors import CvmError, InvalidInput, OutOfRange
from cvm_xl.functions import growth as g
from cvm_xl.functions import growth_lifecycle as life
from cvm_xl.functions import growth_satisfaction as sat


def col(*cells):
    return [[cell] for cell in cells]


def table(answer):
    head, *rows = answer.value
    return {name: [row[j] for row in rows] for j, name in enumerate(head)}


def test_decisions_with_blank_room():
    answer = g.CVM_ACTION.cells(col(100, -50, None, -50), col(50, -20, None, -20), 50, 0.5, col(None, 30, None, 10), 0)
    assert answer.value == col("Keep", "Award", None, "Award")
    assert g.CVM_ACTION.cells(-50, -20, 50, 0.5, 30, 20).value == "Adjust"


def test_wallet_error_in_its_row_only():
    answer = g.CVM_WALLET.cells(col("Ours", 400, 500, None), col("Total", 1000, 400, None))
    assert answer.value[1:] == [[0.4, 600], [ExcelError("#NUM!")] * 2, [None, None]]
    assert answer.messages[0].startswith("ours, row 3 (500): is above the total")


SALES = ["Ann", "Ann", "Bob", "Bob", "Cas", "Dan"], ["ink", "pen", "ink", "pen", "ink", "cup"]


def test_white_space_of_a_range_with_headers_and_blank_lines():
    customer, product = (col(head, *cells, None) for head, cells in zip(("Customer", "Product"), SALES, strict=True))
    margin = col("Margin", 10, 4, 12, 6, 8, 3, None)
    rows = table(g.CVM_WHITESPACE.cells(customer, product, margin))
    assert (rows["customer"], rows["product"]) == (["Cas"], ["pen"])
    assert rows["expected_margin"] == pytest.approx([2 / 3 * 5])
    lines = col(*SALES[0]), col(*SALES[1])
    assert table(g.CVM_WHITESPACE.cells(*lines))["expected_margin"] == [None]
    assert table(g.CVM_WHITESPACE.cells(*lines, exclude=[["Dan", "pen"]]))["customer"] == ["Cas"]
    for exclude in ("pen", [["Cas", "pen"]], [[None, "pen"]]):
        with pytest.raises(CvmError, match="nothing to propose"):
            g.CVM_WHITESPACE.cells(*lines, exclude=exclude)


def models(*units, names=True):
    rows = [[label, *(unit.get(label) for unit in units)] for label in ("model", "a", "b", "c", "d", "note")]
    return [["", *(f"U{j}" for j in range(len(units)))], *rows] if names else rows


LOG = {"model": "log", "a": 50, "b": 10, "note": "fitted"}
POWER = {"model": "power", "a": 10, "b": 0.5}


def test_judgement_and_fits_side_by_side():
    judged = dict(g.CVM_ADBUDG.cells(47, 100, 126, 152, 40).value)
    spend = [5, 10, 20, 40, 60, 80]
    fitted = dict(g.CVM_RESPONSE_FIT.cells(col(*spend), col(*(50 * np.log1p(x / 10) for x in spend)), "log").value)
    assert g.CVM_RESPONSE.cells([[k, v] for k, v in judged.items()], col(0, 40, 60)).value == [
        pytest.approx([y]) for y in (47, 100, 126)
    ]
    rows = table(g.CVM_INVEST.cells(100, models(judged, fitted, POWER), [[40, 30, 30]], upper=[[None, 20, None]]))
    assert rows["unit"] == ["U0", "U1", "U2"]
    assert sum(rows["spend"]) == pytest.approx(100)
    assert rows["bound"] == [None, "upper", None]
    assert rows["marginal"][0] == pytest.approx(rows["marginal"][2])
    assert rows["change"] == pytest.approx(np.array(rows["spend"]) - [40, 30, 30])
    assert rows["response"][1] == pytest.approx(50 * np.log1p(2))


@pytest.mark.parametrize(
    ("grid", "units"),
    [
        (models(LOG, POWER), ["U0", "U1"]),
        (models(LOG, POWER, names=False), ["Unit 1", "Unit 2"]),
        ([["unit", "Mail", ""], *models(LOG, POWER, names=False)], ["Mail", "Unit 2"]),
        ([["", 2023, 2024], *models(LOG, POWER, names=False)], ["2023", "2024"]),
    ],
)
def test_layouts_of_models(grid, units):
    rows = table(g.CVM_INVEST.cells(100, grid))
    assert rows["unit"] == units
    assert sum(rows["spend"]) == pytest.approx(100)
    assert rows["marginal"][0] == pytest.approx(rows["marginal"][1])


def test_bounds_in_a_row_a_column_or_one_for_all():
    grid = models(POWER, POWER, POWER)
    row = table(g.CVM_INVEST.cells(100, grid, lower=[[50, 0, 0]], margin=[[1, 2, 3]]))
    column = table(g.CVM_INVEST.cells(100, grid, lower=col(50, 0, 0), margin=col("Margin", 1, 2, 3)))
    assert row == column
    assert row["spend"] == pytest.approx([50, 50 * 4 / 13, 50 * 9 / 13])
    assert table(g.CVM_INVEST.cells(100, grid, upper=20))["spend"] == [20, 20, 20]
    with pytest.raises(InvalidInput, match="column of 3") as caught:
        g.CVM_INVEST.cells(100, grid, lower=[[1, 2]])
    assert caught.value.argument == "lower"


def test_today_as_bounds_is_today():
    today = [[12.34, 0.1, 87.56]]
    rows = table(g.CVM_INVEST.cells(100, models(LOG, POWER, POWER), today, today, today))
    assert rows["spend"] == today[0]
    assert rows["bound"] == ["fixed"] * 3
    assert rows["response"] == [
        g.CVM_RESPONSE.cells([*map(list, m.items())], x).value
        for m, x in zip((LOG, POWER, POWER), today[0], strict=True)
    ]


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        (models(LOG, {"model": "bgnbd", "a": 1, "b": 1}), "model of U1 must be one of power"),
        (models(LOG, {"model": "power", "a": 1}), "model of U1 .power. needs a number b"),
        ([["a", 1, 2], ["b", 1, 2]], "row model"),
        ([["A", "B"], ["log", "log"]], "first column"),
    ],
)
def test_models_that_cannot_be_read(grid, words):
    with pytest.raises(InvalidInput, match=words) as caught:
        g.CVM_INVEST.cells(100, grid)
    assert caught.value.argument == "models"


OTHER = [["model", "bgnbd"], ["r", 1], ["alpha", 1], ["a", 1], ["b", 1]]


@pytest.mark.parametrize(
    "consumer", [lambda: g.CVM_RESPONSE.cells(OTHER, 5), lambda: life.CVM_PROPENSITY.cells(OTHER, 5)]
)
def test_consumers_refuse_the_params_of_another_model(consumer):
    with pytest.raises(InvalidInput, match="needs the parameters of"):
        consumer()


def test_channel_mix_names_tiers_and_channels():
    cost = [["", "Web", "Rep"], ["Top", 1, 5], ["Bottom", 1, 5]]
    rows = table(g.CVM_CHANNEL_MIX.cells(col("Volume", 100, 200), cost, [[0.5, 0.9]], col("Need", 60, 100)))
    assert list(rows) == ["tier", "Web", "Rep", "cost"]
    assert rows["tier"] == ["Top", "Bottom"]
    plain = table(g.CVM_CHANNEL_MIX.cells([[100, 200]], [[1, 5]], [["Web", "Rep"], [0.5, 0.9]], [[60, 100]]))
    assert list(plain) == ["tier", "Web", "Rep", "cost"]
    assert plain["tier"] == ["Tier 1", "Tier 2"]
    assert plain["cost"] == pytest.approx(rows["cost"])


def test_touch_points_in_error_are_not_ranked():
    rows = table(g.CVM_TOUCHPOINTS.cells(col(100, None, -5, 100), 0.5, 0.5, 0.4, col(5, None, 5, 4)))
    assert rows["rank"] == [2, None, ExcelError("#NUM!"), 1]


def test_drivers_keep_their_headings_and_leave_gaps_out():
    rng = np.random.default_rng(0)
    x = rng.integers(1, 6, (60, 2)).astype(float)
    y = (x @ [1.0, 0.2] + rng.normal(size=60)).tolist()
    cells = [["Speed", "Care"], *x.tolist()]
    for method in ("relative", "Shapley"):
        rows = table(sat.CVM_DRIVERS.cells(col("Overall", *y), cells, method))
        assert rows["driver"] == ["Speed", "Care"]
        r2 = np.corrcoef(
            y, np.column_stack([np.ones(60), x]) @ np.linalg.lstsq(np.column_stack([np.ones(60), x]), y)[0]
        )
        assert sum(rows["weight"]) == pytest.approx(r2[0, 1] ** 2)
    without = table(sat.CVM_DRIVERS.cells(col("Overall", *y[:-1], None), cells))
    assert without == table(sat.CVM_DRIVERS.cells(col("Overall", *y[:-1]), cells[:-1]))
    kinds = table(sat.CVM_PENALTY_REWARD.cells(col("Overall", *y), cells))
    assert kinds["driver"] == ["Speed", "Care"]
    assert table(sat.CVM_DRIVERS.cells(col(*y), x.tolist()))["driver"] == ["x1", "x2"]


def test_net_promoter_score_wants_whole_scores():
    assert dict(sat.CVM_NPS.cells(col("Score", 10, None, 0)).value)["n"] == 2
    for bad in (10.5, 11, -1):
        with pytest.raises(OutOfRange, match="scores, row 2"):
            sat.CVM_NPS.cells(col(9, bad))


def test_satisfaction_from_answers_to_spend():
    fit = dict(sat.CVM_SATISFACTION_FIT.cells(col("S", 1, 2, 3, 4, 5), col("Kept", 0.2, 0.4, 0.6, 0.8, 1.0), 3).value)
    assert (fit["form"], fit["intercept"], fit["below"]) == ("linear", pytest.approx(0.6), pytest.approx(0.2))
    spend = dict(sat.CVM_SATISFACTION_SPEND.cells(100, 0.1, 0.9, 0.2, 0.05).value)
    assert spend["spend"] == pytest.approx(64.742740, abs=5e-7)


def test_funnel_error_in_its_row_only():
    rows = table(life.CVM_FUNNEL.cells(col("Search", "Fair"), col(10, 20), col(1, 30), 100, 50))
    assert rows["source"] == ["Search", ExcelError("#NUM!")]
    assert rows["return"][0] == -0.5
    assert rows["payback"][0] is None


def test_loyalty_tiers_with_thresholds_in_a_column():
    answer = life.CVM_LOYALTY_TIER.cells(col(99, 100, None, 600), col(100, 500), col("Base", "Silver", "Gold"))
    assert answer.value == col("Base", "Silver", None, "Gold")


def test_from_a_past_campaign_to_whom_to_contact():
    rng = np.random.default_rng(3)
    orders, kind = rng.integers(0, 12, 600).tolist(), rng.choice(["home", "pro"], 600).tolist()
    chance = 1 / (1 + np.exp(3 - 0.35 * np.array(orders) - (np.array(kind) == "pro")))
    responded = (rng.random(600) < chance).astype(int).tolist()
    drivers = [["Orders", "Kind"], *map(list, zip(orders, kind, strict=True))]
    model = life.CVM_RESPONSE_SCORE.cells(col("Responded", *responded), drivers).value
    score = life.CVM_PROPENSITY.cells(model, drivers).value
    assert score[0] == [None]
    assert sum(s for (s,) in score[1:]) == pytest.approx(sum(responded))
    turned = life.CVM_PROPENSITY.cells(model, [row[::-1] for row in drivers]).value
    assert turned == score
    expected, happened = (
        table(life.CVM_TARGET.cells(score, 30, 6, *told)) for told in ([], [col("Responded", *responded)])
    )
    assert expected["lift"][0] > 1.3
    assert happened["lift"][0] > 1.3
    assert sum(happened["response"][j] * happened["customers"][j] for j in range(10)) == pytest.approx(sum(responded))
    contacted = [c for c, yes in zip(expected["cut_off"], expected["contact"], strict=True) if yes]
    assert min(contacted) > 0.1


def test_unknown_level_is_an_error_in_its_row():
    model = [["model", "response_score"], ["intercept", 0], ["kind=pro", 1], ["se_kind=pro", 1], ["base_kind", "home"]]
    answer = life.CVM_PROPENSITY.cells(model, col("home", "boat", None))
    assert answer.value == [[0.5], [ExcelError("#VALUE!")], [None]]
    assert "knows kind as home, pro" in answer.messages[0]


def test_switching_with_brand_names():
    before = [["", "Ours", "Rival"], ["Ours", 0.8, 0.2], ["Rival", 0.1, 0.9]]
    after = [[0.85, 0.15], [0.12, 0.88]]
    fit = dict(life.CVM_SWITCHING.cells(before, after, 10, col(100, 400), 500, 0.1, 1).value)
    assert fit["equity_before"] == pytest.approx((100 * 0.8 + 400 * 0.1) * 10 / 1.1)
    with pytest.raises(InvalidInput, match="empty cell"):
        life.CVM_SWITCHING.cells([[0.8, None], [0.1, 0.9]], after, 10, 100, 500, 0.1)


def test_readiness_names_the_weakest_link():
    fit = dict(life.CVM_READINESS.cells(col("Dimension", "Data", "Skills"), col("Score", 3, 2.5)).value)
    assert (fit["index"], fit["weakest"], fit["next_level"]) == (2.75, "Skills", 3)
