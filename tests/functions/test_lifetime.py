"""The lifetime family as cells see it; formulas are tested with the models."""

import numpy as np
import pytest

from cvm_xl.cells import ExcelError
from cvm_xl.errors import CvmError, InvalidInput, NotAvailable, OutOfRange
from cvm_xl.functions import lifetime as f
from cvm_xl.functions import lifetime_fit as fits
from cvm_xl.functions import lifetime_holdout as h
from cvm_xl.functions import retention as c

BGNBD = [["model", "bgnbd"], ["unit", "week"], ["r", 0.242595], ["alpha", 4.413602], ["a", 0.792922], ["b", 2.425907]]
SPEND = [["model", "gamma_gamma"], ["p", 6.249572], ["q", 3.744225], ["v", 15.443521]]
FITS = [fits.CVM_BGNBD, fits.CVM_MBGNBD, fits.CVM_PARETO_NBD]


def col(*cells):
    return [[cell] for cell in cells]


@pytest.fixture(scope="module")
def lines(data):
    """Columns of customer, ISO day and dollars: the CDNOW sample."""
    cells = [line.split() for line in (data / "cdnow_sample.txt").read_text().splitlines()]
    days = [f"{day[:4]}-{day[4:6]}-{day[6:]}" for _, _, day, _, _ in cells]
    return [row[1] for row in cells], days, [float(row[-1]) for row in cells]


@pytest.fixture(scope="module")
def table(lines):
    """The summary as a sheet shows it, header included."""
    columns = [col(name, *cells) for name, cells in zip(("Cust", "Day", "Paid"), lines, strict=True)]
    return fits.CVM_SUMMARY.cells(*columns, "1997-09-30").value


def test_from_lines_to_values_in_four_formulas(table):
    """The published numbers, each function fed with what the one before shows."""
    assert table[0] == ["customer", "frequency", "recency", "age", "monetary"]
    assert len(table) == 2358
    bgnbd, spend = fits.CVM_BGNBD.cells(table).value, fits.CVM_GAMMA_GAMMA.cells(table).value
    assert [row[0] for row in bgnbd[:8]] == ["model", "unit", "r", "alpha", "a", "b", "n", "loglik"]
    assert bgnbd[2][1] == pytest.approx(0.242595, abs=1e-6)
    assert dict(map(tuple, spend))["mean"] == pytest.approx(35.170371, abs=1e-6)
    row = next(i for i, cells in enumerate(table) if cells[0] == "1516")
    assert f.CVM_ALIVE.cells(bgnbd, table).value[row][0] == pytest.approx(0.9689, abs=5e-5)
    assert f.CVM_PURCHASES.cells(bgnbd, 39, table).value[row][0] == pytest.approx(20.7489, abs=1e-4)
    assert f.CVM_SPEND.cells(spend, table).value[row][0] == pytest.approx(39.8903, abs=5e-5)
    values = f.CVM_LIFETIME.cells(bgnbd, spend, table, margin=0.3, horizon=39).value
    assert values[0] == [None]
    assert len(values) == len(table)
    total = sum(cells[0] for cells in values[1:])
    ranged = f.CVM_LIFETIME_RANGE.cells(bgnbd, spend, table[:300], margin=0.3, horizon=39, draws=100).value
    assert ranged[0] == ["low", "mean", "high"]
    assert ranged[-1][1] == pytest.approx(sum(cells[0] for cells in values[1:300]))
    assert 0.3 * 35 * 1200 < total < 0.3 * 45 * 2000


@pytest.mark.parametrize("fit", FITS)
def test_whole_table_single_columns_and_counts_give_the_same(fit, table):
    whole = fit.cells(table).value
    columns = [col(*[row[j] for row in table]) for j in (1, 2, 3)]
    single = fit.cells(*columns).value
    rows, count = np.unique([[row[j] for row in table[1:]] for j in (1, 2, 3)], axis=1, return_counts=True)
    counted = fit.cells(*[col(*cells) for cells in rows.tolist()], col(*count.tolist())).value
    for other in (single, counted):
        for (name, value), (same_name, same) in zip(whole, other, strict=True):
            assert name == same_name
            assert same == (value if isinstance(value, str) else pytest.approx(value, rel=1e-5, abs=1e-8))


def test_lines_without_a_customer_are_left_out_of_the_summary():
    table = fits.CVM_SUMMARY.cells(col("A", None, "A"), col(45000, 45001, 45007), col(5, 7, 9)).value
    assert table[1:] == [["A", 1, 1, 1, 9]]


def test_ambiguous_dates_and_unknown_units_are_refused():
    with pytest.raises(InvalidInput, match="not a date"):
        fits.CVM_SUMMARY.cells("A", "01/02/2011", 5)
    with pytest.raises(InvalidInput, match="one of day, week, month, quarter, year"):
        fits.CVM_SUMMARY.cells("A", 45000, 5, unit="fortnight")


def test_bad_rows_show_their_error_and_the_others_their_value():
    frequency, recency, age = col(2, 0, None, 2, -1), col(30.43, 0, None, 50, 3), col(38.86, 38, None, 38, 38)
    got = f.CVM_ALIVE.cells(BGNBD, frequency, recency, age)
    assert got.value[0][0] == pytest.approx(0.7266, abs=5e-5)
    assert got.value[1:] == [[1], [None], [ExcelError("#NUM!")], [ExcelError("#NUM!")]]
    assert "recency, row 4 (50): is above age" in got.messages[0]
    with pytest.raises(OutOfRange, match=r"row [45]"):
        fits.CVM_BGNBD.cells(frequency, recency, age)


def test_missing_columns_say_what_to_do():
    with pytest.raises(InvalidInput, match="the whole CVM_SUMMARY") as caught:
        f.CVM_ALIVE.cells(BGNBD, col(1, 2))
    assert caught.value.argument == "recency"


def test_params_of_another_model_are_refused():
    history = (2, 30, 38)
    for call in (
        lambda: f.CVM_ALIVE.cells(SPEND, *history),
        lambda: f.CVM_SPEND.cells(BGNBD, 2, 30),
        lambda: f.CVM_LIFETIME.cells(SPEND, BGNBD, *history, 30),
        lambda: c.CVM_SURVIVAL.cells(BGNBD, 3),
        lambda: f.CVM_PURCHASES.cells(c.CVM_SBG.cells(col(100, 80, 70, 65)).value, 5, *history),
    ):
        with pytest.raises(CvmError) as caught:
            call()
        assert caught.value.code == "#VALUE!"


def test_lifetime_horizon_may_be_left_empty_in_some_rows():
    rows = col(2, 2), col(30, 30), col(38, 38), col(25, 25)
    got = f.CVM_LIFETIME.cells(BGNBD, SPEND, *rows, horizon=col(52, None)).value
    assert got[0][0] == f.CVM_LIFETIME.cells(BGNBD, SPEND, 2, 30, 38, 25, horizon=52).value
    assert got[1][0] == f.CVM_LIFETIME.cells(BGNBD, SPEND, 2, 30, 38, 25).value
    assert got[0][0] < got[1][0]


def test_a_customer_without_repeat_purchases_needs_no_money():
    with_zero = f.CVM_LIFETIME.cells(BGNBD, SPEND, 0, 0, 38, 0).value
    empty = f.CVM_LIFETIME.cells(BGNBD, SPEND, col(0, 0), col(0, 0), col(38, 38), col(0, None)).value
    assert empty == [[with_zero], [with_zero]]


def test_the_discount_is_yearly_whatever_the_unit():
    days = [["unit", "day"] if row[0] == "unit" else row for row in BGNBD]
    days[3] = ["alpha", 7 * 4.413602]
    weekly = f.CVM_LIFETIME.cells(BGNBD, SPEND, 2, 30, 38, 25, discount=0.15).value
    assert f.CVM_LIFETIME.cells(days, SPEND, 2, 210, 266, 25, discount=0.15).value == pytest.approx(weekly)


def test_discount_of_zero_for_ever_is_an_error_with_the_remedy():
    with pytest.raises(OutOfRange, match="give a discount or a horizon"):
        f.CVM_LIFETIME.cells(BGNBD, SPEND, 2, 30, 38, 25, discount=0)


def test_nobody_bought_again():
    with pytest.raises(NotAvailable, match="nobody bought again"):
        fits.CVM_BGNBD.cells(col(0, 0), col(0, 0), col(9, 12))


def test_bgbb_counts_periods(table):
    fitted = fits.CVM_BGBB.cells(*fits.CVM_BGBB.example.args).value
    assert dict(map(tuple, fitted))["unit"] == "year"
    assert f.CVM_ALIVE.cells(fitted, 4, 5, 6).value == pytest.approx(0.6968, abs=5e-5)
    assert f.CVM_PURCHASES.cells(fitted, 5, 4, 5, 6).value == pytest.approx(2.03, abs=5e-5)
    with pytest.raises(OutOfRange):
        fits.CVM_BGBB.cells(table, periods=38)


def test_clv_published():
    assert c.CVM_CLV.cells(100, 0.8, 0.12, growth=0.08).value == pytest.approx(312.5)
    assert c.CVM_CLV.cells(100, 0.8, 0.12, 5).value == pytest.approx(203.5164, abs=5e-5)
    assert c.CVM_CLV.cells(260, 0.75, 0.2, 10, first=True).value == pytest.approx(689.3922, abs=5e-5)
    assert c.CVM_CLV.cells(100, 0.8, 0.12, acquisition=50).value == pytest.approx(200)


def test_sbg_published():
    fitted = c.CVM_SBG.cells(col("left", 1000, 869, 743, 653, 593, 551, 517, 491)).value
    assert [row[0] for row in fitted[:3]] == ["model", "alpha", "beta"]
    got = c.CVM_SURVIVAL.cells(fitted, col(8, 9, 10, 11, 12)).value
    assert [cell for (cell,) in got] == pytest.approx([0.4604, 0.4358, 0.4142, 0.3951, 0.3780], abs=5e-5)
    now, later = (c.CVM_DERL.cells(fitted, period, 0.1).value for period in (1, 5))
    assert 1 < now < later < 11


def test_migration_feeds_markov():
    before, after = col("A", "A", "A", "B", "B", "Gone"), col("A", "A", "B", "A", "Gone", "Gone")
    table = c.CVM_MIGRATION.cells(before, after, ["A", "B", "Gone"]).value
    shares = [row[1:4] for row in table[1:]]
    assert shares == [[pytest.approx(2 / 3), pytest.approx(1 / 3), 0], [0.5, 0, 0.5], [0, 0, 1]]
    got = c.CVM_MARKOV_CLV.cells(shares, [10, 5, 0], 0.1).value
    assert got[2] == [0]
    assert got[0][0] == pytest.approx(10 + (2 / 3 * got[0][0] + 1 / 3 * got[1][0]) / 1.1)


def test_potential_published():
    header, row = c.CVM_POTENTIAL.cells(120, 0.4, 1, 0.8, 0.8, 0.1).value
    assert header == ["now", "potential", "uplift", "break_even_probability"]
    assert row == [pytest.approx(320), pytest.approx(800), pytest.approx(480), None]


def test_holdout_of_cdnow(lines):
    given = [*(col(*cells) for cells in lines), "1997-09-30"]
    got, naive = (h.CVM_HOLDOUT.cells(*given, model).value for model in ("pareto_nbd", "naive"))
    assert got[0] == ["period", "actual", "predicted", "cumulative_actual", "cumulative_predicted", "error"]
    assert len(got) == len(naive) == 40
    assert -0.15 < got[-1][5] < 0 < 0.3 < naive[-1][5]
    assert [row[1] for row in got] == [row[1] for row in naive]
    deciles = h.CVM_HOLDOUT_LIFT.cells(*given, "pareto_nbd").value
    assert deciles[0] == ["decile", "customers", "predicted", "actual", "lift", "captured"]
    assert len(deciles) == 11
    assert sum(row[3] for row in deciles[1:]) == pytest.approx(got[-1][3])
    tried = h.CVM_HOLDOUT_MODELS.cells(*given).value
    assert [row[0] for row in tried[1:]] == ["bgnbd", "mbgnbd", "pareto_nbd", "naive"]
    assert tried[3][1:4] == pytest.approx([got[-1][4], got[-1][3], got[-1][5]])
    assert tried[3][-1].startswith("Earns its keep, the nearest of the models: off by")
