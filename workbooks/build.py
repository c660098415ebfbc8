"""Build the workbooks of this folder anew: `python workbooks/build.py`."""

from pathlib import Path

from cvm_xl import functions
from cvm_xl.book.build import build_all

if __name__ == "__main__":
    for path in build_all(Path(__file__).parent, functions.load()):
        print(path.name)
