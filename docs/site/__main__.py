"""The documentation as a site: `python -m docs.site [FOLDER]` writes build/docs (its pages) and build/site (HTML)."""

import sys
from pathlib import Path

from docs.site.build import ROOT, build

if __name__ == "__main__":
    index = build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build")
    print(f"Written: {index}")
