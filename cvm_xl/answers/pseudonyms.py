"""Invented names for customers, so that a report can be shared: the same under the same key, month after month."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cvm_xl.answers.alerts import PAIR
from cvm_xl.answers.dimensions import CROSS
from cvm_xl.problems import Problem

if TYPE_CHECKING:
    from cvm_xl.answers import Answers

__all__ = ["Pseudonyms", "invented", "pseudonymous", "pseudonyms", "without_customers"]

HIDDEN = "(hidden)"
NAMING = ("Tiers", "Lifetime", "Decisions", "Dissatisfied")  # tables with Customer, Name and Segment
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


@dataclass(frozen=True)
class Pseudonyms:
    """`of` gives number and name for an id; `instead` gives what stands for any text that is an id or a name."""

    of: Mapping[str, tuple[str, str]]
    instead: Mapping[str, str]

    def called(self, text: str | None) -> str | None:
        """A label, of two dimensions at once, too; none where there is none."""
        return (
            None
            if text is None or text != text
            else CROSS.join(self.instead.get(part, part) for part in text.split(CROSS))
        )

    def hidden(self, text: str) -> str:
        """A message without whatever names a customer."""
        for word in sorted((word for word in self.instead if word in text), key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", HIDDEN, text)
        return text


def pseudonyms(ids: Sequence[str], key: bytes) -> dict[str, tuple[str, str]]:
    """An invented number and name for each customer, by an HMAC of its id: without the key there is no way back."""
    found: dict[str, tuple[str, str]] = {}
    for one in ids:
        digest = hmac.new(key, one.encode(), hashlib.sha256).digest()
        number = base64.b32encode(digest[:8]).decode()[:DIGITS]
        first, second = FIRST[digest[8] % len(FIRST)], SECOND[digest[9] % len(SECOND)]
        found[one] = (f"X{number}", f"{first} {second} {int.from_bytes(digest[10:12]) % 10_000:04d}")
    return found


def invented(answers: Answers, key: bytes) -> Pseudonyms:
    """What stands for each customer of these answers and of the table Customers."""
    ids = answers.facts.dimensions["Customer"].items[:-1]
    known = answers.facts.frame("Customers")
    names: dict[str, str] = {}
    if known is not None and "name" in known:
        names = {str(one): name for one, name in zip(known["customer"], known["name"], strict=True) if name}
    of = pseudonyms([*ids, *(one for one in names if one not in set(ids))], key)
    instead = {one: number for one, (number, _) in of.items()}
    for one, name in names.items():
        instead.setdefault(name, of[one][1])
    return Pseudonyms(of, instead)


def pseudonymous(answers: Answers, names: Pseudonyms) -> Answers:
    """The answers with invented customers.

    Whatever else bears a customer's name, such as a segment of one customer, is replaced as well. The book behind the
    answers keeps its names: nothing of its customers may be shown.
    """
    tables = dict(answers.tables)
    for title in NAMING:
        if title in tables:
            given = [names.of[one] for one in tables[title]["Customer"]]
            number, name = ([pair[i] for pair in given] for i in (0, 1))
            tables[title] = tables[title].assign(Customer=number, Name=name)
    for title in (*NAMING, "PriceBands", "SatisfactionSpend"):
        if title in tables:
            table = tables[title]
            named = {column: table[column].map(names.called) for column in ("Segment", "Owner") if column in table}
            tables[title] = table.assign(**named)
    if "Alerts" in tables:
        alerts = tables["Alerts"]
        known = [names.of.get(one) for one in alerts["Object"]]
        named = [name if pair is None else pair[1] for pair, name in zip(known, alerts["Name"], strict=True)]
        object_ = [
            pair[0] if pair else PAIR.join(map(names.called, what.split(PAIR)))
            for pair, what in zip(known, alerts["Object"], strict=True)
        ]
        tables["Alerts"] = alerts.assign(Object=object_, Name=named, Owner=alerts["Owner"].map(names.called))
    if "Investment" in tables:
        plan = tables["Investment"]
        tables["Investment"] = plan.assign(Unit=plan["Unit"].map(names.called))
    of_customers = {n for n, d in answers.facts.dimensions.items() if d.parent == "Customer" or d.first is not None}
    pnl = tables["SegmentPnL"]
    mine = pnl["Dimension"].isin(of_customers)
    tables["SegmentPnL"] = pnl.assign(Item=pnl["Item"].where(~mine, pnl["Item"].map(names.called)))
    dimensions = {
        name: replace(d, items=[names.called(item) for item in d.items]) if name in of_customers else d
        for name, d in answers.facts.dimensions.items()
    }
    return replace(
        answers,
        tables=tables,
        facts=replace(answers.facts, dimensions=dimensions),
        notes=[names.hidden(note) for note in answers.notes],
        left_out={name: names.hidden(why) for name, why in answers.left_out.items()},
    )


def without_customers(problems: Sequence[Problem], names: Pseudonyms) -> list[Problem]:
    """Findings whose messages name no customer."""
    return [replace(problem, value=None, message=names.hidden(problem.message)) for problem in problems]
