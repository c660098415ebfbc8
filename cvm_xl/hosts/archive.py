"""An add-in as a file: its parts in a zip, the same bytes on every day and every system."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

__all__ = ["packed"]

_DAY = (1980, 1, 1, 0, 0, 0)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """The zip of these parts, in their order; texts in UTF-8."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, _DAY)
            info.create_system = 0
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()
