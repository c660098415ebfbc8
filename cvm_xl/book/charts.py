"""Native charts as every sheet draws them: a title that says what and in which unit, labels on bars instead of grid
lines, one accent colour, vermilion for what is below zero.

Data are references to cells ("=Sheet!$A$1:$A$9"), so that an analyst can restyle the charts and extend them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from cvm_xl.book import style
from cvm_xl.book.sheets import Draft

__all__ = [
    "LABEL",
    "NOTHING",
    "added",
    "axis",
    "bands",
    "bars",
    "chart",
    "font",
    "line",
    "marker",
    "named_bars",
    "named_point",
    "pair",
    "place",
    "point",
    "ranges",
    "seen_and_fitted",
    "stacked",
    "steps",
    "whale",
]

LABEL = "#,##0;-#,##0"
TITLED = 40  # pixels that a title takes
NOTHING = {"fill": {"none": True}, "border": {"none": True}}


def font(size: float = 9, *, colour: str = style.INK, bold: bool = False) -> dict[str, Any]:
    """A font as XlsxWriter takes it."""
    return {"name": style.FONT, "size": size, "color": colour, "bold": bold}


def chart(draft: Draft, kind: str, title: str, **more: str) -> Chart:
    """A chart with our title and frame, without legend."""
    made = added(draft, kind, **more)
    made.set_title(
        {"name": title, "name_font": font(11, bold=True), "overlay": False, "layout": {"x": 0.015, "y": 0.025}}
    )
    made.set_legend({"none": True})
    made.set_chartarea({"border": {"color": style.RULE, "width": 0.75}, "fill": {"color": "#FFFFFF"}})
    made.set_plotarea({"fill": {"none": True}})
    made.show_blanks_as("gap")
    return made


def place(sheet: Worksheet, row: int, col: int, made: Chart, said: str = "", **offsets: int) -> None:
    """Put a chart where it moves with the cells; screen readers say its title, or `said` where that is a formula.

    Not beside the header, nor touching it: what stands there is printed on each page.
    """
    alt = f"Chart: {said or made.title.name or 'untitled'}. Its figures stand in the tables of this sheet."
    sheet.insert_chart(row, col, made, {"object_position": 3, "description": alt, "y_offset": 2, **offsets})


def added(draft: Draft, kind: str, **more: str) -> Chart:
    """A bare chart, for combining."""
    made = draft.book.add_chart({"type": kind, **more})
    assert made is not None, kind  # XlsxWriter gives None for a kind it does not know
    return made


def axis(**more: Any) -> dict[str, Any]:
    """An axis without grid lines and ticks."""
    return {
        "num_font": font(colour=style.GREY),
        "name_font": font(colour=style.GREY),
        "line": {"color": style.GREY, "width": 0.75},
        "major_gridlines": {"visible": False},
        "major_tick_mark": "none",
        "minor_tick_mark": "none",
        "label_position": "low",
    } | more


def marker(kind: str, size: int, colour: str) -> dict[str, Any]:
    """A mark of one colour."""
    return {"type": kind, "size": size, "fill": {"color": colour}, "border": {"color": colour}}


def whale(draft: Draft, title: str, customers: str, cumulative: str, peak: str) -> Chart:
    """Cumulative profit over the share of customers, its peak marked."""
    made = chart(draft, "scatter", title, subtype="straight")
    made.add_series(
        {
            "name": "Cumulative profit",
            "categories": customers,
            "values": cumulative,
            "line": {"color": style.ACCENT, "width": 2.25},
            "marker": {"type": "none"},
        }
    )
    made.add_series(
        {
            "name": "Peak",
            "categories": customers,
            "values": peak,
            "line": {"none": True},
            "marker": marker("circle", 8, style.BAD),
            "data_labels": {
                "value": True,
                "num_format": '"peak "0%',
                "position": "above",
                "font": font(10, bold=True),
            },
        }
    )
    ranked = "Customers, the most profitable first"
    made.set_x_axis(axis(name=ranked, num_format="0%", min=0, max=1, major_unit=0.2))
    made.set_y_axis(axis(num_format="0%"))
    return made


def bars(draft: Draft, title: str, name: str, categories: str, values: str, label: str = LABEL) -> Chart:
    """Horizontal bars in the table's order from the top, with name and figure at their ends.

    Names along an axis would collide with the figures of negative bars.
    """
    made = chart(draft, "bar", title)
    made.add_series(
        {
            "name": name,
            "categories": categories,
            "values": values,
            "fill": {"color": style.ACCENT},
            "invert_if_negative": True,
            "invert_if_negative_color": style.BAD,
            "gap": 60,
            "data_labels": {
                "value": True,
                "category": True,
                "separator": "\n",
                "num_format": label,
                "position": "outside_end",
                "font": font(),
            },
        }
    )
    # In a bar chart the y axis is the one with the categories; they run from the top only in reverse.
    made.set_y_axis(axis(reverse=True, label_position="none"))
    made.set_x_axis(axis(visible=False))
    # Room for names and figures on both sides.
    made.set_plotarea({"fill": {"none": True}, "layout": {"x": 0.25, "y": 0.13, "width": 0.5, "height": 0.82}})
    return made


def bands(draft: Draft, title: str, offers: str, floor: str, band: str, target: str, today: str) -> Chart:
    """Floor to ceiling as bars that stand on the invisible floor; the prices are marks on them."""
    made = chart(draft, "column", title, subtype="stacked")
    for name, values, look in (("Floor", floor, NOTHING), ("Band", band, {"fill": {"color": style.MUTED}})):
        made.add_series({"name": name, "categories": offers, "values": values, "gap": 60, **look})
    marks = added(draft, "line")
    for name, values, sign in (
        ("Target", target, marker("diamond", 7, style.ACCENT)),
        ("Price today", today, marker("long_dash", 12, style.INK)),
    ):
        marks.add_series({"name": name, "categories": offers, "values": values, "line": {"none": True}, "marker": sign})
    made.combine(marks)
    made.set_legend({"position": "top", "delete_series": [0], "font": font(colour=style.GREY)})
    made.set_x_axis(axis(num_font=font(8, colour=style.GREY)))
    made.set_y_axis(axis(num_format="0%", min=0))
    return made


def named_bars(draft: Draft, title: str, categories: str, parts: dict[str, tuple[str, str]], **look: Any) -> Chart:
    """Horizontal bars with their names in a column at the left and figures at their ends.

    `parts` are names, references and colours of series that share the bars: gains and losses, each blank where the
    other is not. `look`: label, the figures' format; room, the share of the width that names take (0 shows none); low
    and high, ends of the axis that leave room for the figures; tall, the chart's height in pixels.
    """
    made = chart(draft, "bar", title)
    for name, (values, colour) in parts.items():
        made.add_series(
            {
                "name": name,
                "categories": categories,
                "values": values,
                "fill": {"color": colour},
                "gap": 45,
                "overlap": 100,
                "data_labels": {"value": True, "num_format": look["label"], "position": "outside_end", "font": font()},
            }
        )
    names = {"label_position": "low", "num_font": font()} if look["room"] else {"label_position": "none"}
    made.set_y_axis(axis(reverse=True, **names))
    made.set_x_axis(axis(visible=False, min=look["low"], max=look["high"]))
    left = look["room"] + 0.02
    top = TITLED / look["tall"]
    box = {"x": left, "y": top, "width": 0.96 - left, "height": 0.97 - top}
    made.set_plotarea({"fill": {"none": True}, "layout": box})
    return made


def pair(draft: Draft, title: str, categories: str, parts: Mapping[str, tuple[str, str]], label: str = LABEL) -> Chart:
    """Horizontal bars side by side: what is, and what it is compared with. `parts` as in `named_bars`."""
    made = chart(draft, "bar", title)
    for name, (values, colour) in parts.items():
        made.add_series(
            {
                "name": name,
                "categories": categories,
                "values": values,
                "fill": {"color": colour},
                "gap": 45,
                "overlap": 0,
                "data_labels": {"value": True, "num_format": label, "font": font(8)},
            }
        )
    if len(parts) > 1:
        made.set_legend({"position": "top", "font": font(colour=style.GREY)})
    made.set_y_axis(axis(reverse=True, num_font=font(8)))
    made.set_x_axis(axis(visible=False))
    return made


def stacked(draft: Draft, title: str, categories: str, parts: Mapping[str, tuple[str, str]], label: str = "") -> Chart:
    """Horizontal bars of several parts, with figures on them in the format `label`, or with an axis. Parts as above."""
    made = chart(draft, "bar", title, subtype="stacked")
    for name, (values, colour) in parts.items():
        figures = {"data_labels": {"value": True, "num_format": label, "font": font(8)}} if label else {}
        made.add_series(
            {"name": name, "categories": categories, "values": values, "fill": {"color": colour}, "gap": 50, **figures}
        )
    made.set_legend({"position": "bottom", "font": font(colour=style.GREY)})
    made.set_y_axis(axis(reverse=True, num_font=font(8)))
    # The categories run from the top, so the axis of figures stands below them only when it is "high".
    made.set_x_axis(axis(visible=not label, num_format="#,##0", num_font=font(8), label_position="high"))
    return made


def seen_and_fitted(draft: Draft, title: str, x: str, seen: str, fitted: str, across: str) -> Chart:
    """Shares as observed in groups, and the curve fitted to them, over what is named `across`."""
    made = chart(draft, "scatter", title, subtype="straight")
    line(made, "Fitted", x, fitted, colour=style.ACCENT, width=2.25)
    made.add_series(
        {
            "name": "Seen, by groups of answers",
            "categories": x,
            "values": seen,
            "line": {"none": True},
            "marker": marker("circle", 8, style.INK),
        }
    )
    made.set_legend({"position": "top", "font": font(colour=style.GREY)})
    made.set_x_axis(axis(name=across, num_format="0"))
    made.set_y_axis(axis(num_format="0%", max=1))
    return made


def point(chart: Chart, text: str, x: str, y: str, *, colour: str, position: str, size: int = 0) -> None:
    """A remark on a scatter chart: a text beside a point, which is drawn when it has a size."""
    label = {"series_name": True, "position": position, "font": font(10, colour=colour, bold=True)}
    chart.add_series(
        {
            "name": text or "Peak",
            "categories": x,
            "values": y,
            "line": {"none": True},
            "marker": marker("circle", size, colour) if size else {"type": "none"},
        }
        | ({"data_labels": label} if text else {})
    )


def named_point(chart: Chart, name: str, x: str, y: str) -> None:
    """The name of a point that another series draws, all three from cells; nothing where they are empty.

    A series of its own: Calc does not read labels from cells.
    """
    label = {"series_name": True, "value": False, "position": "above", "font": font()}
    chart.add_series(
        {
            "name": name,
            "categories": x,
            "values": y,
            "line": {"none": True},
            "marker": {"type": "none"},
            "data_labels": label,
        }
    )


def line(chart: Chart, name: str, x: str, y: str, *, colour: str, width: float, dash: str = "solid") -> None:
    """A line of a scatter chart."""
    chart.add_series(
        {
            "name": name,
            "categories": x,
            "values": y,
            "line": {"color": colour, "width": width, "dash_type": dash},
            "marker": {"type": "none"},
        }
    )


def steps(draft: Draft, title: str, refs: dict[str, str], labels: list[str], levels: list[str], **look: Any) -> Chart:
    """A waterfall: columns that stand on an invisible base, thin connectors from each to the next.

    Parameters
    ----------
    refs : dict
        References to Step, Base and Top, and for each of `colours` to its part above and its part below zero.
    labels : list of str
        The figure above each column.
    levels : list of str
        A reference for each connector: the level at the two columns it joins, blank elsewhere.
    look
        colours, of what stands on the base, by name; high and low, the ends of the axis.
    """
    made = chart(draft, "column", title, subtype="stacked")
    made.add_series({"name": "Base", "categories": refs["Step"], "values": refs["Base"], "gap": 35, **NOTHING})
    for name, colour in look["colours"].items():
        for part in (name, f"{name} below"):
            made.add_series(
                {"name": part, "categories": refs["Step"], "values": refs[part], "fill": {"color": colour}, "gap": 35}
            )
    over = added(draft, "line")
    for values in levels:
        line(over, "Connector", refs["Step"], values, colour=style.GREY, width=0.75)
    over.add_series(
        {
            "name": "Figures",
            "categories": refs["Step"],
            "values": refs["Top"],
            "line": {"none": True},
            "marker": {"type": "none"},
            "data_labels": {
                "value": True,
                "position": "above",
                "font": font(),
                "custom": [{"value": text} for text in labels],
            },
        }
    )
    made.combine(over)
    made.set_x_axis(axis(num_font=font(8)))
    made.set_y_axis(axis(visible=False, min=look["low"], max=look["high"]))
    made.set_plotarea({"fill": {"none": True}, "layout": {"x": 0.02, "y": 0.13, "width": 0.96, "height": 0.7}})
    return made


def ranges(draft: Draft, title: str, refs: dict[str, str], negative: Iterable[bool], low: float, high: float) -> Chart:
    """Columns with a whisker: refs to Name, Value, Down and Up, the lengths of the whisker's halves."""
    made = chart(draft, "column", title)
    whisker = {"plus_values": refs["Up"], "minus_values": refs["Down"], "line": {"color": style.INK, "width": 1.25}}
    made.add_series(
        {
            "name": "Value",
            "categories": refs["Name"],
            "values": refs["Value"],
            "fill": {"color": style.ACCENT},
            "points": [{"fill": {"color": style.BAD}} if below else None for below in negative],
            "gap": 70,
            "y_error_bars": {"type": "custom", **whisker},
        }
    )
    made.set_x_axis(axis(num_font=font()))
    made.set_y_axis(axis(visible=False, min=low, max=high))
    made.set_plotarea({"fill": {"none": True}, "layout": {"x": 0.03, "y": 0.13, "width": 0.94, "height": 0.68}})
    return made
