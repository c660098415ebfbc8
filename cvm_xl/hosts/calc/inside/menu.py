"""The commands of the menu CVM: asked about here, run by a worker that connects back, told about here."""

import contextlib
import os
import secrets
import threading
from pathlib import Path

import unohelper
from com.sun.star.awt import XCallback
from com.sun.star.frame import DispatchResultEvent, XDispatchProvider, XNotifyingDispatch
from com.sun.star.lang import XInitialization, XServiceInfo
from cvm_xl_inside import dialogs, process, wire

NAME = "org.cvmxl.Menu"
PROTOCOL = "org.cvmxl:"
TITLE = "CVM"
_BOOKS = (("Excel workbook", "*.xlsx"),)
_SOURCES = (("CSV, Parquet, Excel", "*.csv;*.txt;*.parquet;*.xlsx"), ("All files", "*.*"))
_BEGUN = "If it had begun to write, close the workbook without saving and open it again: it was saved before."
_running = threading.Lock()


class Menu(unohelper.Base, XDispatchProvider, XNotifyingDispatch, XInitialization, XServiceInfo):
    """Takes `org.cvmxl:COMMAND`. A call with the property Given brings its answers along and is shown nothing."""

    def __init__(self, context):
        self.context = context
        self.frame = None

    def initialize(self, arguments):
        self.frame = arguments[0] if arguments else None

    def queryDispatch(self, url, target, flags):
        return self if url.Protocol == PROTOCOL else None

    def queryDispatches(self, requests):
        return tuple(self.queryDispatch(r.FeatureURL, r.FrameName, r.SearchFlags) for r in requests)

    def dispatch(self, url, arguments):
        self.dispatchWithNotification(url, arguments, None)

    def dispatchWithNotification(self, url, arguments, listener):
        """Ask what the command needs, then run it beside: LibreOffice must answer the worker meanwhile."""
        command = process.config()["commands"][url.Path]
        given = next((list(a.Value) for a in arguments if a.Name == "Given"), None)
        asked = self._ask(command) if given is None else given
        if asked is None:
            return
        if url.Path == "messages":
            asked = ["{}: {}".format(*message) for message in list(process.MESSAGES)[-50:]]
        document = self.frame.getController().getModel()
        work = (url.Path, document.RuntimeUID, asked, given is None, listener)
        threading.Thread(target=self._run, args=work, daemon=True).start()

    def addStatusListener(self, listener, url):
        pass  # every command is offered at all times

    def removeStatusListener(self, listener, url):
        pass

    def _ask(self, command):
        asks, label = command["asks"], command["label"].rstrip(".")
        if not asks:
            return []
        view = self.frame.getController()
        beside = view.getModel().getURL().rpartition("/")[0]
        if not beside and asks != "new file":  # the command says that the workbook has no file yet
            return ["", ""] if asks == "table file" else [""]
        if asks == "table file":
            path = dialogs.open_file(self.context, label, _SOURCES, beside)
            tables = process.config()["tables"]
            here = view.getActiveSheet().getName()
            first = here if here in tables else "Sales"
            table = path and dialogs.choose(self.context, self.frame, label, "Into which table?", tables, first)
            return [path, table] if table else None
        name = "book.xlsx" if asks == "new file" else "report.xlsx"
        path = dialogs.save_file(self.context, label, _BOOKS, name, beside)
        if path and asks == "new file" and Path(path).exists():  # the dialog has asked whether to replace it
            return [path, "replace"]
        return [path] if path else None

    def _run(self, name, document, asked, shown, listener):
        if not _running.acquire(blocking=False):
            reply = {"text": "A command is still running; see the status bar.", "failed": True}
        else:
            try:
                message = {"run": name, "given": asked, "office": _office(self.context), "document": document}
                message["pid"] = os.getpid()
                with _outlived(self.context, self.frame):
                    reply = process.COMMANDS.ask(message)[0]
            except process.Gone as error:
                reply = {"text": "{} {}".format(error, _BEGUN), "failed": True}
            except Exception as error:  # noqa: BLE001  ending without a word would leave the user waiting
                reply = {"text": "{}: {}".format(type(error).__name__, error), "failed": True}
            finally:
                _running.release()
        if reply["failed"]:
            process.note(process.config()["commands"][name]["label"].rstrip("."), reply["text"])
        if listener is not None:
            state = 0 if reply["failed"] else 1  # com.sun.star.frame.DispatchResultState
            listener.dispatchFinished(DispatchResultEvent(self, state, reply["text"]))
        if shown and reply["text"]:
            _later(self.context, lambda: _tell(self.context, reply["text"]))

    def getImplementationName(self):
        return NAME

    def supportsService(self, name):
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self):
        return (NAME, "com.sun.star.frame.ProtocolHandler")


@contextlib.contextmanager
def _outlived(context, frame):
    """Take back what a worker that dies leaves behind: words in the status bar, windows at rest, no calculation."""
    automatic = {book.RuntimeUID: book.isAutomaticCalculationEnabled() for book in _books(context)}
    status = frame.createStatusIndicator()
    if context.hasByName(wire.STATUS):
        context.removeByName(wire.STATUS)
    context.insertByName(wire.STATUS, status)
    try:
        yield
    except process.Gone:
        for book in _books(context):
            while book.hasControllersLocked():
                book.unlockControllers()
            book.enableAutomaticCalculation(automatic.get(book.RuntimeUID, True))
        raise
    finally:
        context.removeByName(wire.STATUS)
        status.end()


def _books(context):
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    open_ = desktop.Components.createEnumeration()
    while open_.hasMoreElements():
        found = open_.nextElement()
        if hasattr(found, "supportsService") and found.supportsService("com.sun.star.sheet.SpreadsheetDocument"):
            yield found


_opened = []


def _office(context):
    """Where a worker finds this LibreOffice: a pipe that only this user can open, under a name that nobody guesses."""
    if not _opened:
        name = "cvm_xl_{}".format(secrets.token_hex(16))
        acceptor = context.ServiceManager.createInstanceWithContext("com.sun.star.office.Acceptor", context)
        acceptor.initialize(("pipe,name={};urp;StarOffice.ComponentContext".format(name), True))
        wire.keep_private(name)
        _opened.extend((acceptor, "uno:pipe,name={};urp;StarOffice.ComponentContext".format(name)))
    return _opened[1]


def _tell(context, text):
    """In front of the window that is there now: a command may have closed the one that it was chosen in."""
    desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
    dialogs.tell(context, desktop.getCurrentFrame(), TITLE, text)


class _Callback(unohelper.Base, XCallback):
    def __init__(self, action):
        self.action = action

    def notify(self, data):
        self.action()


def _later(context, action):
    """Do it on LibreOffice's main thread, to which its windows belong."""
    caller = context.ServiceManager.createInstanceWithContext("com.sun.star.awt.AsyncCallback", context)
    caller.addCallback(_Callback(action), None)


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Menu, NAME, (NAME, "com.sun.star.frame.ProtocolHandler"))
