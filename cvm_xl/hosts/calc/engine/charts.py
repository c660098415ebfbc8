"""Charts on a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from cvm_xl.hosts.calc.engine.collection import Collected
from cvm_xl.hosts.calc.engine.office import uno
from cvm_xl.hosts.calc.engine.shapes import POINT, Placed, shapes
from cvm_xl.hosts.calc.engine.unsupported import Unsupported, sealed

if TYPE_CHECKING:
    from cvm_xl.hosts.calc.engine.sheet import Sheet

__all__ = ["Chart", "Charts"]

_DIAGRAM = "com.sun.star.chart."
# The type of xlwings -> the diagram, and what is set on it.
TYPES: dict[str, tuple[str, dict[str, Any]]] = {
    "column_clustered": ("BarDiagram", {"Vertical": False}),
    "column_stacked": ("BarDiagram", {"Vertical": False, "Stacked": True}),
    "column_stacked_100": ("BarDiagram", {"Vertical": False, "Percent": True}),
    "bar_clustered": ("BarDiagram", {"Vertical": True}),
    "bar_stacked": ("BarDiagram", {"Vertical": True, "Stacked": True}),
    "bar_stacked_100": ("BarDiagram", {"Vertical": True, "Percent": True}),
    "line": ("LineDiagram", {"SymbolType": -3}),
    "line_markers": ("LineDiagram", {"SymbolType": -2}),
    "area": ("AreaDiagram", {}),
    "area_stacked": ("AreaDiagram", {"Stacked": True}),
    "xy_scatter": ("XYDiagram", {"Lines": False}),
    "xy_scatter_lines": ("XYDiagram", {"Lines": True}),
    "pie": ("PieDiagram", {}),
    "doughnut": ("DonutDiagram", {}),
}
_STATES = ("Vertical", "Stacked", "Percent")


@sealed("Charts")
class Charts(Collected, base_classes.Charts):
    """The charts of a sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet

    @property
    def api(self) -> Any:
        return self._sheet.api.Charts

    @property
    def parent(self) -> Sheet:
        return self._sheet

    def __iter__(self) -> Iterator[Chart]:
        for name in self.api.ElementNames:
            yield Chart(self._sheet, name)

    def add(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        chart_type: str | None = None,
        source: Any = None,
        plot_by: str | None = None,
        name: str | None = None,
        anchor: Any = None,
        style: Any = None,
    ) -> Chart:
        if plot_by not in (None, "columns"):
            raise Unsupported("Charts.add plots columns in LibreOffice Calc")
        if anchor is not None:
            left, top = anchor.left, anchor.top
        taken = self.api.ElementNames
        free = next(f"Chart {i}" for i in range(1, len(taken) + 2) if f"Chart {i}" not in taken)
        place = uno().createUnoStruct("com.sun.star.awt.Rectangle")
        place.X, place.Y = round((left or 0) * POINT), round((top or 0) * POINT)
        place.Width, place.Height = round((width or 355) * POINT), round((height or 211) * POINT)
        areas = () if source is None else (source.api.RangeAddress,)
        self.api.addNewByName(name or free, place, areas, True, True)
        chart = Chart(self._sheet, name or free)
        if chart_type is not None:
            chart.chart_type = chart_type
        return chart


@sealed("Chart")
class Chart(Placed, base_classes.Chart):
    """A chart."""

    def __init__(self, sheet: Sheet, name: str) -> None:
        self._sheet, self._name = sheet, name

    @property
    def parent(self) -> Sheet:
        return self._sheet

    @property
    def _chart(self) -> Any:
        return self._sheet.api.Charts.getByName(self._name)

    @property
    def shape(self) -> Any:
        """The drawing object that shows it."""
        for shape in shapes(self._sheet, "com.sun.star.drawing.OLE2Shape"):
            if shape.PersistName == self._name or shape.Name == self._name:
                return shape
        raise KeyError(self._name)

    @property
    def api(self) -> tuple[Any, Any]:
        """The table chart and the document in it, UNO objects."""
        return self._chart, self._chart.EmbeddedObject

    @property
    def name(self) -> str:
        return self._name

    def set_source_data(self, rng: Any, plot_by: str | None = None) -> None:
        if plot_by not in (None, "columns"):
            raise Unsupported("Chart.set_source_data plots columns in LibreOffice Calc")
        self._chart.setRanges((rng.api.RangeAddress,))

    @property
    def chart_type(self) -> str:
        diagram = self._chart.EmbeddedObject.Diagram
        kind = diagram.getDiagramType().removeprefix(_DIAGRAM)
        for name, (wanted, given) in TYPES.items():
            flags = dict.fromkeys(_STATES, False) if wanted in ("BarDiagram", "AreaDiagram") else {}
            if wanted == kind and all(getattr(diagram, flag) == value for flag, value in (flags | given).items()):
                return name
        return kind

    @chart_type.setter
    def chart_type(self, chart_type: str) -> None:
        if chart_type not in TYPES:
            raise Unsupported(f"Chart.chart_type is one of {', '.join(TYPES)} in LibreOffice Calc, not {chart_type}")
        document = self._chart.EmbeddedObject
        kind, given = TYPES[chart_type]
        diagram = document.createInstance(_DIAGRAM + kind)
        document.setDiagram(diagram)
        for name in _STATES:
            if hasattr(document.Diagram, name):
                setattr(document.Diagram, name, given.get(name, False))
        for name, value in given.items():
            if name not in _STATES:
                setattr(document.Diagram, name, value)

    @property
    def title(self) -> str | None:
        document = self._chart.EmbeddedObject
        return document.Title.String if document.HasMainTitle else None

    @title.setter
    def title(self, value: str | None) -> None:
        document = self._chart.EmbeddedObject
        document.HasMainTitle = value is not None
        if value is not None:
            document.Title.String = value

    def delete(self) -> None:
        self._sheet.api.Charts.removeByName(self._name)
