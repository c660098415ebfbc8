"""Figures as a reader takes them in: three significant digits, the currency named, singular and plural."""

from __future__ import annotations

from dataclasses import dataclass

from cvm_xl.answers.dimensions import CROSS
from cvm_xl.figures import figure, rounded

__all__ = ["Money", "counted", "listed", "losers", "lowered", "plural", "share", "short"]


@dataclass(frozen=True)
class Money:
    """Amounts of one currency in words: EUR 425 000; JPY 8.41 million. Zero decimals mean no cents."""

    currency: str
    decimals: int = 2

    def __call__(self, amount: float) -> str:
        size = float(f"{abs(amount):.3g}")
        for unit, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
            if size >= unit:
                text = f"{rounded(size / unit, 3)} {name}"
                break
        else:
            text = figure(size, self.decimals if size < 10 else 0)
        sign = "-" if amount < 0 and text.strip("0.") else ""
        return f"{sign}{f'{self.currency} {text}'.strip()}"

    def signed(self, amount: float) -> str:
        """A change: +EUR 12 000 or -EUR 12 000."""
        return f"{'+' if amount > 0 else ''}{self(amount)}"

    def unit_price(self, amount: float) -> str:
        """A price in full: EUR 44.42."""
        return f"{self.currency} {figure(amount, self.decimals)}".strip()


def share(value: float) -> str:
    """A share in whole percent; what is little but not nothing says so."""
    if 0 < value < 0.005:
        return "under 1%"
    if 0.995 <= value < 1:
        return "over 99%"
    return f"{figure(100 * value)}%"


def counted(count: int, one: str, many: str = "") -> str:
    """A count and its noun: 1 customer, 230 customers."""
    return f"{figure(count)} {one if count == 1 else many or f'{one}s'}"


def short(name: object, most: int = 45) -> str:
    """A name of a length that a sentence bears."""
    text = " ".join(str(name).split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def lowered(name: str) -> str:
    """A heading as it stands within a sentence: segment, but VIP; of two at once, pair of segment and channel."""
    if CROSS in name:
        return f"pair of {listed([lowered(part) for part in name.split(CROSS)])}"
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def plural(name: str) -> str:
    """Several of a thing, within a sentence: segments, countries, pairs of segment and channel."""
    thing = lowered(name)
    if CROSS in name:
        return thing.replace("pair", "pairs", 1)
    if thing.endswith("y") and thing[-2:-1] not in "aeiou":
        return f"{thing[:-1]}ies"
    return thing if thing.endswith("s") else f"{thing}s"


def losers(losing: int, of: int, things: str, losses: float, money: Money) -> str:
    """Some of many lose so much: 1 of 9 customers loses EUR 5, all 9 customers lose EUR 45 together."""
    if losing == 1:
        return f"1 of {figure(of)} {things} loses {money(losses)}"
    which = f"all {figure(of)}" if losing == of else f"{figure(losing)} of {figure(of)}"
    return f"{which} {things} lose {money(losses)} together"


def listed(parts: list[str]) -> str:
    """Several things as one says them: a, b and c."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
