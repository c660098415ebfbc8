"""What all collections of xlwings have in common: by number from 1, or by name whatever its capitals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["Collected"]


class Collected:
    """A collection whose class says how to go through it."""

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError

    def __call__(self, key: str | int) -> Any:
        items = list(self)
        if isinstance(key, int):
            if 1 <= key <= len(items):
                return items[key - 1]
        else:
            for item in items:
                if item.name.lower() == key.lower():
                    return item
        raise KeyError(key)

    def __contains__(self, key: str | int) -> bool:
        try:
            self(key)
        except KeyError:
            return False
        return True

    def __len__(self) -> int:
        return len(list(iter(self)))
