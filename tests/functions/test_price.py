"""The price family as cells see it; formulas are tested with the models."""

import numpy as np
import pytest

from cvm_xl.cells import ExcelError
from cvm_xl.errors import CvmError, InvalidInput, NotAvailable, OutOfRange
from cvm_xl.functions import price as p
from cvm_xl.functions import survey as s


def col(*cells):
    return [[cell] for cell in cells]


def test_methods_case_in_one_row():
    header, row = p.CVM_PRICE_BAND.cells(80, 0.1, 100, 130, intercept=1 - 0.15 * 130, slope=0.15).value
    band = dict(zip(header, row, strict=True))
    assert band["floor"] == pytest.approx(88.8889, abs=5e-5)
    assert (band["ceiling"], band["fair"]) == (121, 105)
    assert band["target"] == pytest.approx(113.941128, abs=5e-7)
    assert band["acceptance"] == pytest.approx(0.803581, abs=5e-7)
    assert band["expected_profit"] == pytest.approx(27.274461, abs=5e-7)
    assert p.CVM_BEST_PRICE.cells(80, -18.5, 0.15).value == pytest.approx(band["target"])
    assert p.CVM_ACCEPTANCE.cells(band["target"], -18.5, 0.15).value == pytest.approx(band["acceptance"])


def test_band_of_a_table_with_blanks_gaps_and_errors():
    cost = col("Unit cost", 80, None, 90, -1, 125)
    price = col("Price", 100, None, None, 100, 100)
    answer = p.CVM_PRICE_BAND.cells(cost, 0.1, 100, 130, price=price)
    header, *rows = answer.value
    verdicts = [row[header.index("verdict")] for row in rows]
    assert verdicts[0].startswith("Giving away:")
    assert rows[1] == [None] * len(header)
    assert verdicts[2].startswith("Room:")
    assert rows[3] == [ExcelError("#NUM!")] * len(header)
    assert verdicts[4].startswith("No band:")
    assert rows[4][header.index("target")] is None
    assert answer.messages[0].startswith("cost, row 5 (-1)")


@pytest.mark.parametrize(("margin", "accepted"), [(0, True), (0.999, True), (1, False), (-0.001, False)])
def test_margin_is_from_zero_to_below_one(margin, accepted):
    if accepted:
        assert p.CVM_PRICE_BAND.cells(1, margin, 1, 2000).value[1][0] == pytest.approx(1 / (1 - margin))
    else:
        with pytest.raises(OutOfRange, match="below 1"):
            p.CVM_PRICE_BAND.cells(1, margin, 1, 2000)


def test_one_of_intercept_and_slope_is_an_error_in_its_row():
    _, *rows = p.CVM_PRICE_BAND.cells(80, 0.1, 100, 130, intercept=col(-18.5, -18.5), slope=col(0.15, None)).value
    assert rows[0][0] == pytest.approx(80 / 0.9)
    assert rows[1][0] == ExcelError("#VALUE!")


def offers():
    rng = np.random.default_rng(2)
    segment = rng.choice(["Pro", "Home"], 900)
    price, satisfaction = rng.uniform(60, 140, 900).round(2), rng.integers(1, 11, 900)
    log_odds = 9 - 0.1 * price + 0.3 * satisfaction - 1.5 * (segment == "Home")
    accepted = rng.random(900) < 1 / (1 + np.exp(-log_odds))
    return price.tolist(), accepted.tolist(), satisfaction.tolist(), segment.tolist()


def test_fit_from_offers_feeds_the_band():
    price, accepted, satisfaction, segment = offers()
    covariates = [["Satisfaction", "Segment"], *map(list, zip(satisfaction, segment, strict=True))]
    fit = dict(p.CVM_ACCEPTANCE_FIT.cells(col("Price", *price), col("Accepted", *accepted), covariates).value)
    assert (fit["model"], fit["n"], fit["left_out"]) == ("acceptance", 900, 0)
    truth = {"intercept": -9 + 1.5, "slope": 0.1, "Satisfaction": -0.3, "Segment=Pro": -1.5}
    for name, value in truth.items():
        assert abs(fit[name] - value) < 3.5 * fit[f"se_{name}"]
    happy, sad = (fit["intercept"] + fit["Satisfaction"] * score for score in (9, 2))
    targets = p.CVM_BEST_PRICE.cells(60, col(happy, sad), fit["slope"]).value
    assert targets[0][0] > targets[1][0]


def test_open_offers_are_left_out():
    price, accepted, satisfaction, _ = offers()
    accepted[0], satisfaction[1] = None, None
    fit = dict(p.CVM_ACCEPTANCE_FIT.cells(col(*price), col(*accepted), col(*satisfaction)).value)
    assert (fit["n"], fit["left_out"]) == (898, 2)
    assert "x1" in fit


def test_one_sided_offers_name_the_argument():
    with pytest.raises(NotAvailable, match="all 3 offers were accepted") as caught:
        p.CVM_ACCEPTANCE_FIT.cells(col(80, 90, 100), col(True, True, True))
    assert caught.value.argument == "accepted"


def test_elasticity_without_a_best_price_is_not_available():
    fit = dict(p.CVM_ELASTICITY.cells(col(10, 20, 30), col(50, 45, 42), 3).value)
    assert fit["elasticity"] > -1
    assert fit["best_price"] == ExcelError("#N/A")
    price = [60, 80, 100, 120]
    fit = dict(p.CVM_ELASTICITY.cells(col(*price), col(*[1e6 * x**-2.5 for x in price]), 60).value)
    assert fit["best_price"] == pytest.approx(100)
    assert fit["loglik"] is None
    with pytest.raises(OutOfRange) as caught:
        p.CVM_ELASTICITY.cells(col("Price", 10, 0, 30), col("Sold", 5, 4, 4))
    assert (caught.value.argument, caught.value.rows) == ("price", [2])


def test_survey_with_gaps():
    four = [col(2, 3, 4), col(5, 6, 7), col(8, 9, None), col(11, 12, 13)]
    points = dict(s.CVM_PSM.cells(*four).value)
    assert (points["n"], points["incomplete"]) == (2, 1)
    assert points["reach_price"] is None
    with pytest.raises(OutOfRange, match="from 1 to 5"):
        s.CVM_PSM.cells(*four, intent_cheap=col(6, 1, 1), intent_expensive=col(1, 1, 1))


def test_value_map_takes_names_from_headings_and_labels():
    rivals = [["", "Acme", "Best"], ["yield", 6, 9], ["service", 8, 4]]
    header, *rows = s.CVM_VALUE_MAP.cells(col("weight", 60, 40), col("us", 9, 8), rivals).value
    assert header[-2:] == ["ratio_yield", "ratio_service"]
    assert [row[0] for row in rows] == ["Acme", "Best"]
    bare, *rows = s.CVM_VALUE_MAP.cells(col(60, 40), col(9, 8), [[6, 9], [8, 4]]).value
    assert bare[-2:] == ["ratio_1", "ratio_2"]
    assert rows[0][1:4] == [pytest.approx(1.3), None, None]


def test_cost_plus_gap_of_a_band_with_and_without_room():
    header, *rows = p.CVM_PRICE_BAND.cells(col(80, 125), 0.1, 100, 130).value
    bands = [col(*[row[header.index(name)] for row in rows]) for name in ("floor", "target", "ceiling")]
    _, *gaps = p.CVM_COST_PLUS_GAP.cells(col(80, 125), 0.2, *bands).value
    assert gaps == [[96, 9, 0], [150, None, None]]


def choices():
    """Two brands a task; the last ten tasks end with the option to buy nothing."""
    rng = np.random.default_rng(4)
    task, chosen, shown, price = [], [], [], []
    for t in range(60):
        prices = rng.integers(1, 9, 2).tolist()
        utility = [1.0 - 0.4 * prices[0], -0.4 * prices[1]] + ([-1.0] if t >= 30 else [])
        pick = int(np.argmax(np.array(utility) + rng.gumbel(size=len(utility))))
        task += [f"T{t}"] * len(utility)
        chosen += [j == pick for j in range(len(utility))]
        shown += [["red"], ["blue"], [None]][: len(utility)]
        price += [*prices, None][: len(utility)]
    return task, chosen, shown, price


def test_conjoint_by_task_feeds_the_shares():
    task, chosen, shown, price = choices()
    choice = [["task", "chosen"], *map(list, zip(task, chosen, strict=True))]
    model = s.CVM_CONJOINT.cells(choice, [["Brand"], *shown], col("Price", *price)).value
    fit = dict(model)
    assert (fit["n"], fit["base_Brand"]) == (60, "blue")
    assert fit["price"] < 0 < fit["Brand=red"]
    shares = s.CVM_CHOICE_SHARE.cells(model, [["Brand", "Price"], ["red", 5], ["blue", 5], [None, 0]]).value
    assert shares[0] == [None]
    assert sum(row[0] for row in shares[1:]) == pytest.approx(1)
    assert np.log(shares[1][0] / shares[2][0]) == pytest.approx(fit["Brand=red"])
    with pytest.raises(InvalidInput, match="knows Brand as blue, red") as caught:
        s.CVM_CHOICE_SHARE.cells(model, [["Brand", "Price"], ["red", 5], ["green", 5]])
    assert caught.value.rows == [2]


def test_tasks_in_blocks_give_the_same_as_numbered_tasks():
    task, chosen, shown, price = (part[:60] for part in choices())
    blocks = s.CVM_CONJOINT.cells(col(*[1 if c else None for c in chosen]), shown, col(*price)).value
    numbered = s.CVM_CONJOINT.cells([list(pair) for pair in zip(task, chosen, strict=True)], shown, col(*price)).value
    assert blocks == numbered
    assert "x1=red" in dict(blocks)


def test_choices_that_do_not_fit_name_the_row():
    with pytest.raises(InvalidInput, match="exactly one") as caught:
        s.CVM_CONJOINT.cells(col("c", 1, 1, 0, 0), col("b", "r", "b", "r", "b"), col("p", 1, 2, 3, 4))
    assert caught.value.rows[0] == 1
    with pytest.raises(CvmError, match="must be 1") as caught:
        s.CVM_CONJOINT.cells(col(1, 0, "maybe", 1), col("r", "b", "r", "b"), col(1, 2, 3, 4))
    assert caught.value.rows == [2]
