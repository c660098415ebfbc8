"""The built site in a real browser: `python -m docs.site.accessible SITE AXE [PICTURES]`.

Each page is opened in headless Chromium and looked at by axe-core; one of each kind at a phone's width and dark, too.
What axe calls serious or critical fails, and so does a page that asks for anything beyond the site or is wider than the
phone. With a folder PICTURES, some pages are kept as pictures.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
KEPT = ("index", "tutorial", "reference/functions", "reference/functions/CVM_PRICE_BAND", "reference/inputs")
KEPT += ("limits/bgnbd", "howto/import-erp", "migration/lifetimes", "reference/settings", "reference/commands")
SERIOUS = ("serious", "critical")
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def look(site: Path, axe: Path, pictures: Path | None) -> list[str]:
    """What is wrong, a line each."""
    wrong: list[str] = []
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    pages = sorted(site.rglob("*.html"))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        for name, (width, height) in SIZES.items():
            for scheme in ("light", "dark"):
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
                tab = context.new_page()
                asked: list[str] = []
                tab.on("request", lambda r, asked=asked: asked.append(r.url) if r.url[:5] != "file:" else None)
                for page in pages:
                    stem = str(page.relative_to(site).with_suffix(""))
                    if (name, scheme) != ("desktop", "light") and stem not in KEPT:
                        continue  # pages of one kind look alike
                    tab.goto(page.as_uri())
                    tab.add_script_tag(path=axe)
                    found: dict[str, Any] = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
                    for violation in found["violations"]:
                        if violation["impact"] in SERIOUS:
                            first = violation["nodes"][0]["html"][:120]
                            wrong.append(f"{stem} ({name}, {scheme}): {violation['id']}: {violation['help']}: {first}")
                    if (wider := tab.evaluate(WIDER)) > 0:
                        wrong.append(f"{stem} ({name}): {wider} pixels wider than the screen")
                    if pictures and stem in KEPT and (scheme == "light" or stem == "index"):
                        shown = stem.replace("/", "-")
                        tab.screenshot(path=pictures / f"{shown}-{name}-{scheme}.png")
                wrong += [f"{name}: asks the network for {url}" for url in asked]
                context.close()
        browser.close()
    print(f"{len(pages)} pages, {len(KEPT)} of them at {len(SIZES)} widths, light and dark: {len(wrong)} findings")
    return wrong


if __name__ == "__main__":
    _, site, axe, *more = sys.argv
    kept = Path(more[0]).resolve() if more else None
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
    found = look(Path(site).resolve(), Path(axe).resolve(), kept)
    print("\n".join(found))
    sys.exit(1 if found else 0)
