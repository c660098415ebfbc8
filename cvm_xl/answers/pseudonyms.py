"""Invented names for customers, so that a report can be shared: the same under the same key, month after month."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cvm_xl.answers.dimensions import CROSS
from cvm_xl.problems import Problem

if TYPE_CHECKING:
    from cvm_xl.answers import Answers

__all__ = ["pseudonymous", "pseudonyms", "without_customers"]

HIDDEN = "(hidden)"
FIRST = (
    "Amber Ash Birch Blue Bright Broad Calm Cedar Clear Cloud Copper Coral Crisp Crystal Dawn Deep Dusk Early East "
    "Elm Ember Fair Fern Flint Fresh Frost Gentle Golden Grand Granite Green Grey Harbour Hazel High Hill Hollow Iron "
    "Island Ivory Jade Keen Lake Lark Light Linden Long Lunar Maple Marble Meadow Mellow Mild Mint Misty Moss North "
    "Oak Ocean Olive Opal Orchard Pale Pine Plain Polar Proud Quartz Quick Quiet Rapid Raven Red Reed River Rose "
    "Sage Sand Silver Sky Slate Snow Solar South Spring Star Steady Stone Storm Summer Sunny Swift Tall Teal Thorn "
    "Timber True Velvet West White Wild Willow Winter"
).split()
SECOND = (
    "Anchor Arch Arrow Badger Basin Bay Beacon Bear Bell Bison Bluff Bridge Brook Canyon Cape Castle Cliff Cove Crane "
    "Creek Crest Crow Dale Deer Delta Dove Dune Eagle Falcon Falls Field Finch Fjord Ford Forest Fox Gate Glen Grove "
    "Gull Harbor Hare Haven Hawk Heron Hollow Ibis Inlet Isle Jay Key Knoll Lagoon Lane Ledge Lion Lodge Lynx Marsh "
    "Mesa Mill Moor Mountain Oasis Orbit Otter Owl Pass Path Peak Pier Plain Plover Point Pond Port Quay Ram Range "
    "Reef Ridge Robin Rock Sail Seal Shore Spur Stag Stream Summit Swan Tern Tide Tower Trail Vale Valley View Vista "
    "Wharf Wolf Wood Wren"
).split()
DIGITS = 10  # of an invented number: 50 bits, so that two of a million customers hardly ever share one


def pseudonyms(ids: Sequence[str], key: bytes) -> dict[str, tuple[str, str]]:
    """An invented number and name for each customer, by an HMAC of its id: without the key there is no way back."""
    found: dict[str, tuple[str, str]] = {}
    for one in ids:
        digest = hmac.new(key, one.encode(), hashlib.sha256).digest()
        number = base64.b32encode(digest[:8]).decode()[:DIGITS]
        first, second = FIRST[digest[8] % len(FIRST)], SECOND[digest[9] % len(SECOND)]
        found[one] = (f"X{number}", f"{first} {second} {int.from_bytes(digest[10:12]) % 10_000:04d}")
    return found


def pseudonymous(answers: Answers, key: bytes) -> tuple[Answers, Mapping[str, str]]:
    """The answers with invented customers, and what stands for every id and name.

    Whatever else bears a customer's name, such as a segment of one customer, is replaced as well. The book behind the
    answers keeps its names: nothing of it may be shown.
    """
    customer = answers.facts.dimensions["Customer"]
    invented = pseudonyms(customer.items[:-1], key)
    instead = {one: number for one, (number, _) in invented.items()}
    known = answers.facts.frame("Customers")
    if known is not None:
        every = pseudonyms([str(one) for one in known["customer"]], key)
        names = known["name"] if "name" in known else [None] * len(known)
        for one, name in zip(known["customer"], names, strict=True):
            number, called = every[str(one)]
            instead.setdefault(str(one), number)
            if isinstance(name, str) and name:
                instead.setdefault(name, called)
    tables = dict(answers.tables)
    for title in ("Tiers", "Lifetime"):
        if title in tables:
            ids = tables[title]["Customer"]
            given = {"Customer": [invented[one][0] for one in ids], "Name": [invented[one][1] for one in ids]}
            tables[title] = tables[title].assign(**given)

    def called(text: object) -> object:
        return CROSS.join(instead.get(part, part) for part in text.split(CROSS)) if isinstance(text, str) else text

    of_customers = {n for n, d in answers.facts.dimensions.items() if d.parent == "Customer" or d.first is not None}
    for title, column in (("Tiers", "Segment"), ("Lifetime", "Segment"), ("PriceBands", "Segment")):
        if title in tables:
            tables[title] = tables[title].assign(**{column: tables[title][column].map(called)})
    pnl = tables["SegmentPnL"]
    mine = pnl["Dimension"].isin(of_customers)
    tables["SegmentPnL"] = pnl.assign(Item=pnl["Item"].where(~mine, pnl["Item"].map(called)))
    dimensions = {
        name: replace(d, items=[str(called(item)) for item in d.items]) if name in of_customers else d
        for name, d in answers.facts.dimensions.items()
    }
    facts = replace(answers.facts, dimensions=dimensions)
    hide = hidden(instead)
    left_out = {name: hide(why) for name, why in answers.left_out.items()}
    return replace(
        answers, tables=tables, facts=facts, notes=[hide(n) for n in answers.notes], left_out=left_out
    ), instead


def hidden(instead: Mapping[str, str]) -> Callable[[str], str]:
    """A function that takes out of a message whatever names a customer."""

    def hide(text: str) -> str:
        for word in sorted((word for word in instead if word in text), key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", HIDDEN, text)
        return text

    return hide


def without_customers(problems: Sequence[Problem], instead: Mapping[str, str]) -> list[Problem]:
    """Findings whose messages name no customer."""
    hide = hidden(instead)
    return [replace(problem, value=None, message=hide(problem.message)) for problem in problems]
