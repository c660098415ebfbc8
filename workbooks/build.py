"""Build the workbooks of this folder anew: `python workbooks/build.py`."""

import shutil
import tempfile
from pathlib import Path

from cvm_xl import functions
from cvm_xl.book.build import build_all
from cvm_xl.new import demo
from cvm_xl.refresh import refresh

if __name__ == "__main__":
    here = Path(__file__).parent
    for path in build_all(here, functions.load()):
        print(path.name)
    with tempfile.TemporaryDirectory() as folder:
        book = demo(folder)
        refresh(book)
        shutil.copyfile(book, here / book.name)
        print(book.name)
