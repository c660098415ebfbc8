"""The sheet WhatIf: what price bands follow from, to be changed, and the bands as live formulas over it.

Structured references name their table: Calc does not read the shorter form.
"""

from __future__ import annotations

from typing import Any

from cvm_xl.book.declared import Column, Table

__all__ = ["MOST", "WHAT_IF"]

MOST = 12
"""Offers on the sheet: its chart stands below them, and each is fifteen calls of functions."""


def _c(header: str, kind: str, text: str, **more: Any) -> Column:
    return Column(header, kind, text, **more)


def _sum(kind: str) -> str:
    """What is in use of this kind for the row's offer; no SUMIFS, which would read an offer > 9 as a condition."""
    return f'SUMPRODUCT(--(WhatIf[Offer]={_this("Offer")}),--(WhatIf[Kind]="{kind}"),WhatIf[In use])'


def _this(header: str) -> str:
    """The row's cell in another column of WhatIfBands, as both Excel and Calc read it."""
    return f"WhatIfBands[[#This Row],[{header}]]"


def _live(header: str, kind: str, text: str, formula: str, *needs: str, width: int = 13) -> Column:
    """A column of WhatIfBands with a formula; empty in an empty row, and where a column that it needs is."""
    empty = [f'{_this(name)}=""' for name in ("Offer", *needs)]
    condition = empty[0] if len(empty) == 1 else f"OR({','.join(empty)})"
    return _c(header, kind, text, formula=f'=IF({condition},"",{formula})', width=width)


_GIVEN = ("Unit cost", "Required margin", "Reference", "EVC", "Incentive share")
_MORE = ("Intercept", "Slope", "Future value", "Price", "Fair share")
_BAND = f"CVM_PRICE_BAND({','.join(map(_this, _GIVEN))},0,{','.join(map(_this, _MORE))})"
_NO_BAND = f"{_this('Floor')}>{_this('Ceiling')}"


def _band(place: int) -> str:
    return f"INDEX({_BAND},2,{place})"


def _within(place: int) -> str:
    return f'IF({_NO_BAND},"",{_band(place)})'


def _of_reference(header: str) -> str:
    return f"IFERROR({_this(header)}/{_this('Reference')},NA())"


def _known(kind: str) -> str:
    return f'IF({_sum(kind)}=0,"",{_sum(kind)})'


WHAT_IF = (
    Table(
        "WhatIf",
        "Type into What if, and the bands to the right recalculate (with the add-in). A refresh renews As it is and "
        "keeps What if.",
        (
            _c("Offer", "id", "Segment and product", width=28),
            _c("Assumption", "text", "Value driver, cost, or what the price follows from", width=28),
            _c("Kind", "text", "What it counts as", width=18),
            _c("As it is", "number", "What PriceBands was computed from", width=11),
            _c("What if", "number", "Yours to type; empty: as it is", typed=True, width=11),
            _c(
                "In use",
                "number",
                "What if where something stands there",
                formula='=IF(WhatIf[[#This Row],[What if]]<>"",WhatIf[[#This Row],[What if]],'
                'IF(WhatIf[[#This Row],[As it is]]="","",WhatIf[[#This Row],[As it is]]))',
                width=11,
            ),
            _c("Low", "number", "What it may be at least, from ValueDrivers", width=9),
            _c("High", "number", "What it may be at most", width=9),
            _c("Confidence", "share", "How sure it is that Low to High holds it", width=11),
            _c("Evidence", "text", "How we know", width=44),
        ),
        role="output",
        key=("offer", "assumption", "kind"),
    ),
    Table(
        "WhatIfBands",
        "The bands of these offers, as formulas over WhatIf.",
        (
            _c("Offer", "id", "Segment and product", width=28),
            _live("Price", "money", "Price in use", _known("price")),
            _live("Floor", "money", "Unit cost plus required margin", _band(1)),
            _live("Target", "money", "Price of highest expected profit within the band", _within(2)),
            _live("Ceiling", "money", "EVC less the customer's incentive", _band(3)),
            _live("Fair", "money", "Price that splits the value", _within(4)),
            _c("Target before", "money", "From PriceBands, at the last refresh", width=13),
            _live("Acceptance", "share", "Expected at target", _within(5), "Slope"),
            _live("Expected profit", "money", "Per offer, at target", _within(6), "Slope"),
            _live(
                "Acceptance of price",
                "share",
                "Expected at the price in use (CVM_ACCEPTANCE)",
                f"CVM_ACCEPTANCE({_this('Price')},{_this('Intercept')},{_this('Slope')})",
                "Slope",
                "Price",
            ),
            _c("Units a year", "number", "From PriceBands", width=13),
            _live(
                "Profit change",
                "money",
                "A year: of moving from the price in use to target",
                f"{_this('Units a year')}*(({_this('Target')}-{_this('Unit cost')})*{_this('Acceptance')}"
                f"/{_this('Acceptance of price')}-({_this('Price')}-{_this('Unit cost')}))",
                "Slope",
                "Price",
                "Target",
            ),
            _live("Verdict", "text", "Where the price in use stands", f'{_band(7)}&""', width=72),
            _live("Reference", "money", "Price of the next best alternative", _sum("reference")),
            _live(
                "EVC",
                "money",
                "Economic value to the customer (CVM_EVC)",
                f"CVM_EVC({_this('Reference')},{_sum('gain')},{_sum('loss')})",
            ),
            _live("Unit cost", "money", "Cost of goods and cost to serve per unit", _sum("unit cost")),
            _live("Required margin", "share", "Margin on price", _sum("required margin")),
            _live("Incentive share", "share", "Of the value advantage, left to the customer", _sum("incentive share")),
            _live("Fair share", "share", "Our share of value in the fair price", _sum("fair share")),
            _live("Future value", "money", "What a unit sold today brings later", _sum("future value")),
            _live("Slope", "number", "Of the acceptance; empty: not known", _known("slope")),
            _live(
                "Intercept",
                "number",
                "Of the acceptance, at the satisfaction in use",
                f"{_sum('intercept')}+{_sum('satisfaction effect')}*{_sum('satisfaction')}",
                "Slope",
            ),
            _live("Floor drawn", "share", "For the chart: of the reference", _of_reference("Floor")),
            _live(
                "Band drawn",
                "share",
                "For the chart: of the reference",
                f"IFERROR(MAX(0,{_this('Ceiling')}-{_this('Floor')})/{_this('Reference')},NA())",
            ),
            _live("Target drawn", "share", "For the chart: of the reference", _of_reference("Target")),
            _live("Price drawn", "share", "For the chart: of the reference", _of_reference("Price")),
        ),
        role="output",
        key=("offer",),
        sheet_name="WhatIf",
    ),
)
