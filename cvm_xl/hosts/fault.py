"""Faults of ours in the log: where they arose, and no data of a workbook."""

from __future__ import annotations

import logging
import os
import traceback

__all__ = ["fault"]


def fault(what: str, error: BaseException) -> None:
    """Log where an error arose; what it says, which may quote a cell, only where CVM_XL_LOG is `full`."""
    said = f": {error}" if os.environ.get("CVM_XL_LOG") == "full" else ""
    logging.error(
        "fault in %s: %s%s\n%s", what, type(error).__name__, said, "".join(traceback.format_tb(error.__traceback__))
    )
