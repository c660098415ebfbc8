"""The key that pseudonyms follow from, in a file beside the workbook."""

from __future__ import annotations

import secrets
from pathlib import Path

from cvm_xl.book.files import check_writable, replacing
from cvm_xl.errors import BookError

__all__ = ["KEY", "key_in"]

KEY = "pseudonyms.key"
LEAST = 16  # characters


def key_in(folder: Path) -> bytes:
    """The key of pseudonyms in this folder; it is made at its first use."""
    file = folder / KEY
    if not file.exists():
        check_writable(file)
        with replacing(file, private=True) as new:
            new.write(f"{secrets.token_hex(32)}\n".encode())
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise BookError(f"{file} cannot be read: {error.strerror or error}", remedy="Check its permissions") from error
    if len(key) < LEAST:
        raise BookError(
            f"{file} holds no key: names could be guessed",
            remedy="Bring back the one you had; or delete it, and customers get new names",
        )
    return key
