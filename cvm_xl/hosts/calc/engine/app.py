"""The engine, its apps (a LibreOffice each) and their books."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from xlwings import base_classes

from cvm_xl.book.paper import Paper
from cvm_xl.hosts.calc.engine.cells import cleaned, prepared
from cvm_xl.hosts.calc.engine.collection import Collected
from cvm_xl.hosts.calc.engine.names import Names
from cvm_xl.hosts.calc.engine.office import Office, uno
from cvm_xl.hosts.calc.engine.paper import follow_paper
from cvm_xl.hosts.calc.engine.sheet import Range, Sheets
from cvm_xl.hosts.calc.engine.unsupported import Unsupported, sealed
from cvm_xl.hosts.calc.seen import changed
from cvm_xl.hosts.calc.wire import STATUS

__all__ = ["App", "Apps", "Book", "Books", "Engine"]

SPREADSHEET = "com.sun.star.sheet.SpreadsheetDocument"
FILTERS = {
    ".xlsx": "Calc MS Excel 2007 XML",
    ".xlsm": "Calc MS Excel 2007 VBA XML",
    ".xls": "MS Excel 97",
    ".ods": "calc8",
}


class Engine:
    """What `xw.engines["calc"]` is made of."""

    name = "calc"
    type = "desktop"
    prepare_xl_data_element = staticmethod(prepared)
    clean_value_data = staticmethod(cleaned)

    def __init__(self) -> None:
        self.apps = Apps(self)


@sealed("Apps")
class Apps(base_classes.Apps):
    """The LibreOffices that were started or joined here, the active one first."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._apps: list[App] = []

    def join(self, office: Office) -> App:
        """An app for this LibreOffice: the one there is, or a new one, active from now on."""
        app = next((app for app in self if app.pid == office.pid), None) or App(self, office)
        self.activate(app)
        return app

    def activate(self, app: App) -> None:
        """Put an app first."""
        self._apps = [app, *(other for other in self._apps if other is not app)]

    def forget(self, app: App) -> None:
        """Leave out an app that has ended."""
        self._apps = [other for other in self._apps if other is not app]

    def keys(self) -> list[int]:
        return [app.pid for app in self]

    def add(self, spec: Any = None, add_book: bool = True, xl: Any = None, visible: bool | None = None) -> App:
        if xl is not None:
            raise Unsupported("App(xl=...) is not supported: join a running LibreOffice with engine.attach(url)")
        app = self.join(Office.started(visible is not False, Path(spec) if spec else None, False))
        if add_book:
            app.books.add()
        return app

    @staticmethod
    def cleanup() -> None:
        """Nothing to do: a private LibreOffice leaves nothing behind."""

    def __iter__(self) -> Iterator[App]:
        self._apps = [app for app in self._apps if app.office.alive]
        return iter(list(self._apps))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __getitem__(self, pid: int) -> App:
        for app in self:
            if app.pid == pid:
                return app
        raise KeyError(f"there is no LibreOffice with the process {pid} here")


@sealed("App")
class App(base_classes.App):
    """One LibreOffice."""

    office: Office

    def __init__(self, apps: Apps, office: Office) -> None:
        self._apps = apps
        self.office = office
        self.desktop = office.service("com.sun.star.frame.Desktop")
        self._locked: list[Any] = []
        self._updating = True
        self._alerts = True
        self._status: str | bool = False
        self._indicator: Any = None
        self.automatic = True

    @property
    def engine(self) -> Engine:
        return self._apps.engine

    @property
    def api(self) -> Any:
        """The desktop of LibreOffice, a UNO object."""
        return self.desktop

    @property
    def pid(self) -> int:
        return self.office.pid

    @property
    def version(self) -> str:
        provider = self.office.service("com.sun.star.configuration.ConfigurationProvider")
        path = property_value("nodepath", "/org.openoffice.Setup/Product")
        view = provider.createInstanceWithArguments("com.sun.star.configuration.ConfigurationAccess", (path,))
        return str(view.getByName("ooSetupVersionAboutBox"))

    @property
    def books(self) -> Books:
        return Books(self)

    @property
    def selection(self) -> Range | None:
        book = self.books.active
        chosen = book.api.CurrentController.Selection
        if not chosen.supportsService("com.sun.star.sheet.SheetCellRange"):
            return None  # a chart, a picture, several ranges
        area = chosen.RangeAddress
        place = (area.StartRow + 1, area.StartColumn + 1)
        return book.sheets(area.Sheet + 1).range(place, (area.EndRow + 1, area.EndColumn + 1))

    def activate(self, steal_focus: bool = False) -> None:
        self._apps.activate(self)
        if self.visible and len(self.books):
            window = self.books.active.api.CurrentController.Frame.ContainerWindow
            window.toFront()
            if steal_focus:
                window.setFocus()

    @property
    def visible(self) -> bool:
        return self.office.visible

    @visible.setter
    def visible(self, visible: bool) -> None:
        if visible != self.office.visible:
            raise Unsupported(
                "App.visible cannot be changed in LibreOffice Calc: start it with visible=True or visible=False"
            )

    def quit(self) -> None:
        for book in list(self.books):
            book.close()
        self._apps.forget(self)
        self.office.end(gently=True)

    def kill(self) -> int:
        if self.office.process is None and self.pid < 0:
            raise Unsupported("App.kill needs the number of LibreOffice's process: engine.attach(url, pid)")
        self._apps.forget(self)
        self.office.end(gently=False)
        return self.pid

    @property
    def screen_updating(self) -> bool:
        return self._updating

    @screen_updating.setter
    def screen_updating(self, updating: bool) -> None:
        if updating == self._updating:
            return
        self._updating = updating
        if updating:
            alive = [book.api for book in self.books]
            for document in self._locked:
                if document in alive:
                    document.unlockControllers()
            self._locked = []
        else:
            self._locked = [book.api for book in self.books]
            for document in self._locked:
                document.lockControllers()

    @property
    def display_alerts(self) -> bool:
        """As it was set; what is done through this engine never asks back."""
        return self._alerts

    @display_alerts.setter
    def display_alerts(self, alerts: bool) -> None:
        self._alerts = alerts

    @property
    def calculation(self) -> str:
        automatic = self.books.active.api.isAutomaticCalculationEnabled() if len(self.books) else True
        return "automatic" if automatic else "manual"

    @calculation.setter
    def calculation(self, value: str) -> None:
        if value not in ("automatic", "manual"):
            raise Unsupported(f"App.calculation is automatic or manual in LibreOffice Calc, not {value}")
        self.automatic = value == "automatic"
        for book in self.books:
            book.api.enableAutomaticCalculation(self.automatic)

    def calculate(self) -> None:
        for book in self.books:
            book.api.calculateAll()

    @property
    def status_bar(self) -> str | bool:
        return self._status

    @status_bar.setter
    def status_bar(self, value: str | bool | None) -> None:
        self._status = value or False
        if value and self._indicator is not None:
            self._indicator.setText(str(value))
            return
        if self._indicator is not None:
            self._indicator.end()
            self._indicator = None
        if value and len(self.books):
            given = self.office.context.getValueByName(STATUS)
            self._indicator = given or self.books.active.api.CurrentController.Frame.createStatusIndicator()
            self._indicator.start(str(value), 0)


@sealed("Books")
class Books(Collected, base_classes.Books):
    """The spreadsheets that are open in a LibreOffice."""

    app: App

    def __init__(self, app: App) -> None:
        self.app = app

    @property
    def api(self) -> Any:
        return self.app.desktop.Components

    def _documents(self) -> list[Any]:
        found, components = [], self.app.desktop.Components.createEnumeration()
        while components.hasMoreElements():
            component = components.nextElement()
            if hasattr(component, "supportsService") and component.supportsService(SPREADSHEET):
                found.append(component)
        return found

    @property
    def active(self) -> Book:
        current = self.app.desktop.getCurrentComponent()
        documents = self._documents()
        if current is not None and any(current == document for document in documents):
            return Book(self.app, current)
        if not documents:
            raise KeyError("no workbook is open")
        return Book(self.app, documents[-1])

    def __iter__(self) -> Iterator[Book]:
        for document in self._documents():
            yield Book(self.app, document)

    def add(self) -> Book:
        return self._loaded("private:factory/scalc", ())

    def open(
        self,
        fullname: str,
        update_links: Any = None,
        read_only: bool | None = None,
        format: Any = None,
        password: str | None = None,
        *others: Any,
    ) -> Book:
        if any(value is not None for value in (update_links, format, *others)):
            raise Unsupported("Books.open takes fullname, read_only and password in LibreOffice Calc")
        given = [property_value("MacroExecutionMode", 0)]  # what a workbook brings along is not run
        given += [property_value("ReadOnly", True)] if read_only else []
        given += [property_value("Password", password)] if password else []
        return self._loaded(uno().systemPathToFileUrl(os.path.realpath(fullname)), tuple(given))

    def _loaded(self, url: str, given: Sequence[Any]) -> Book:
        # Where the screen rests nothing is shown, as in Excel.
        hidden = property_value("Hidden", not (self.app.visible and self.app.screen_updating))
        document = self.app.desktop.loadComponentFromURL(url, "_blank", 0, (hidden, *given))
        if document is None or not document.supportsService(SPREADSHEET):
            raise OSError(f"LibreOffice cannot open {url} as a workbook")
        if not self.app.automatic:
            document.enableAutomaticCalculation(False)
        return Book(self.app, document)


@sealed("Book")
class Book(base_classes.Book):
    """One spreadsheet."""

    app: App

    def __init__(self, app: App, document: Any) -> None:
        self.app = app
        self._document = document
        # By their names, which is how LibreOffice's object finds its range; to ask for one takes a millisecond.
        self.database_ranges: dict[str, Any] = {}

    @property
    def api(self) -> Any:
        """The document, a UNO object."""
        return self._document

    @property
    def name(self) -> str:
        url = self.api.getURL()
        return Path(uno().fileUrlToSystemPath(url)).name if url else self.api.Title

    @property
    def fullname(self) -> str:
        url = self.api.getURL()
        return uno().fileUrlToSystemPath(url) if url else self.api.Title

    @property
    def sheets(self) -> Sheets:
        return Sheets(self)

    @property
    def names(self) -> Names:
        return Names(self, self.api.NamedRanges)

    def activate(self) -> None:
        controller = self.api.CurrentController
        if controller is not None:
            controller.Frame.activate()

    def close(self) -> None:
        self.api.setModified(False)
        try:
            self.api.close(True)
        except Exception as error:  # UNO's own: somebody objects
            raise OSError(f"LibreOffice does not close {self.name}: one of its dialogs is open") from error

    def save(self, path: str | None = None, password: str | None = None) -> None:
        if password:
            raise Unsupported("Book.save with a password: LibreOffice would write the file without one")
        if path is None and self.api.hasLocation():
            if self.api.isReadonly():
                raise OSError(f"{self.name} is open for reading alone")
            if changed(self.app.office.context, self.api, self.fullname):
                raise OSError(
                    f"{self.name} was changed by another program since it was opened or saved here; File, Reload takes "
                    "its version"
                )
            try:
                self.api.store()
            except Exception as error:  # UNO's own, whose words are a number
                raise OSError(f"LibreOffice could not save {self.name}") from error
            return
        target = Path(path or f"{self.name}.xlsx")
        if target.suffix.lower() not in FILTERS:
            raise Unsupported(f"Book.save writes {', '.join(FILTERS)} in LibreOffice Calc, not {target.suffix}")
        filter_ = property_value("FilterName", FILTERS[target.suffix.lower()])
        self.api.storeAsURL(uno().systemPathToFileUrl(os.path.realpath(target)), (filter_,))

    def follow_paper(self, sheets: Collection[str], paper: Paper) -> bool:
        """Have sheets print on this paper, as `paper.follow_paper` says; xlwings has no word for it."""
        return follow_paper(self, sheets, paper)

    def to_pdf(self, path: str, quality: Any = None) -> None:
        if quality not in (None, "standard"):
            raise Unsupported(f"Book.to_pdf has no quality {quality} in LibreOffice Calc")
        filter_ = property_value("FilterName", "calc_pdf_Export")
        self.api.storeToURL(uno().systemPathToFileUrl(os.path.realpath(path)), (filter_,))


def property_value(name: str, value: Any) -> Any:
    """A named value as UNO takes them."""
    made = uno().createUnoStruct("com.sun.star.beans.PropertyValue")
    made.Name, made.Value = name, value
    return made
