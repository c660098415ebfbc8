"""What the figures rest on: whether they reconcile, what is wrong with the inputs, what the report cannot say."""

from __future__ import annotations

from cvm_xl.book.report.content import About, Page
from cvm_xl.book.report.page import Canvas, Col, start
from cvm_xl.book.sheets import Draft

__all__ = ["quality"]


def quality(draft: Draft, about: About, page: Page) -> Canvas:
    """Checks by what they compare, those that differ one by one, findings in the inputs, what was left out."""
    canvas = start(draft, about, page.name, page.headline, page.subject, [200, 80, 80, 130, 130, 130, 266])
    columns = [
        Col("Compared"),
        Col("Checks", "whole"),
        Col("Agree", "whole"),
        Col("Largest difference", "price"),
    ]
    canvas.title("Checks")
    canvas.table(columns, page.frames["groups"], total=True)
    wrong = page.frames["wrong"]
    if len(wrong):
        canvas.title("Checks that differ")
        canvas.table([Col("Check"), *[Col(name, "price") for name in ("Left", "Right", "Difference")]], wrong)
    rest = page.frames["left out"]
    if len(rest):
        canvas.title("Not in this report")
        canvas.table([Col("What"), Col("Why", room=816)], rest)
    found = page.frames["problems"]
    if len(found):
        canvas.title("Found in the inputs")
        canvas.table([Col("Where"), Col("Level"), Col("Rows", "whole"), Col("What", room=656)], found)
    canvas.notes(page.notes)
    return canvas
