"""The site's pages gathered: those written by hand, copied; the reference, read off the declarations."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from docs.site import commands, functions, tables
from docs.site.words import anchor

__all__ = ["ROOT", "anchor", "build", "gather", "pages"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def pages() -> dict[str, str]:
    """Pages made from the declarations: their path below docs, and their text."""
    return functions.pages() | commands.pages() | tables.pages()


def gather(folder: Path) -> None:
    """All pages, ready for Sphinx, into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(DOCS, folder, ignore=shutil.ignore_patterns("site", "__pycache__"))
    index = folder / "index.md"
    index.write_text(_complete(index.read_text(encoding="utf-8"), folder), encoding="utf-8")
    for path in folder.rglob("*.md"):
        path.write_text(_linked(path.read_text(encoding="utf-8"), path.relative_to(folder)), encoding="utf-8")
    for name, text in pages().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _complete(index: str, folder: Path) -> str:
    """The first page with pages of the folder itself that it does not name: they stand last in the navigation."""
    named = set(index.splitlines())
    missing = sorted(path.stem for path in folder.glob("*.md") if path.stem not in {*named, "index"})
    lead, fence, rest = index.rpartition("```")
    return lead + "".join(f"{stem}\n" for stem in missing) + fence + rest


def _linked(text: str, path: Path) -> str:
    """A page written by hand, with each function's name in it leading to the function's page."""
    up = "../" * (len(path.parts) - 1)
    parts = re.split(r"(^ *```.*?^ *```$)", text, flags=re.MULTILINE | re.DOTALL)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"(?<!\[)`(CVM_[A-Z_]+)`", rf"[`\1`]({up}reference/functions/\1.md)", parts[i])
    return "".join(parts)


def build(folder: Path) -> Path:
    """The site in `folder`/site; gives its first page. A link that leads nowhere is an error."""
    source, out = folder / "docs", folder / "site"
    gather(source)
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-n", "-W", "--keep-going", "-q", "-E"]
    subprocess.run([*command, "-d", str(folder / "doctrees"), str(source), str(out)], check=True)
    return out / "index.html"
