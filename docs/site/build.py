"""The site's pages gathered: those written by hand, copied; the reference, read off the declarations."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from docs.site import commands, functions, tables

__all__ = ["ROOT", "build", "pages"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def pages() -> dict[str, str]:
    """Pages made from the declarations: their path below docs, and their text."""
    return functions.pages() | commands.pages() | tables.pages()


def gather(folder: Path) -> None:
    """All pages, ready for Sphinx, into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("site", "__pycache__"))
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def build(folder: Path) -> Path:
    """The site in `folder`/site; gives its first page. A link that leads nowhere is an error."""
    source, out = folder / "docs", folder / "site"
    gather(source)
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-n", "-W", "--keep-going", "-q", "-E"]
    subprocess.run([*command, "-d", str(folder / "doctrees"), str(source), str(out)], check=True)
    return out / "index.html"
