"""Functions of the family `price`: value to the customer and the win-win price."""

from __future__ import annotations

from typing import Annotated

from cvm_xl.catalogue import call, function
from cvm_xl.kinds import MONEY, UNSIGNED, Column, Columns, Floats
from cvm_xl.models.evc import economic_value


@function(
    "price",
    gives="column",
    rowwise=True,
    source="Nagle, Hogan & Zale, The Strategy and Tactics of Pricing, ch. 2",
    example=call(100, [[40]], [[10]], gives=130),
)
def CVM_EVC(
    reference: Annotated[Floats, Column(MONEY, "Price of the customer's next best alternative, per unit")],
    gains: Annotated[
        Floats, Columns(UNSIGNED, "Value we add against it, per unit: a column per value driver", blank="zero")
    ],
    losses: Annotated[Floats, Columns(UNSIGNED, "Value we lack, as positive money: a column per driver", blank="zero")],
) -> Floats:
    """Economic value to the customer: the reference price plus gains less losses against the next best alternative."""
    return economic_value(reference, gains, losses)
