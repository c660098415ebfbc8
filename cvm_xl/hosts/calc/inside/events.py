"""Jobs at opening and saving: functions' names stay as Excel spells them, and what is in the file is remembered."""

import os
import traceback

import uno
import unohelper
from com.sun.star.lang import XServiceInfo
from com.sun.star.task import XJob
from cvm_xl_inside import process, seen, spelling

NAME = "org.cvmxl.Events"
_SHEETS = "com.sun.star.sheet.SpreadsheetDocument"


class Events(unohelper.Base, XJob, XServiceInfo):
    """Called by LibreOffice with the name of what happened and the document it happened to."""

    def __init__(self, context):
        self.context = context

    def execute(self, arguments):
        """Do what the event asks for; a fault of ours never stands in the way of opening or saving."""
        given = {value.Name: value.Value for value in arguments}
        environment = {value.Name: value.Value for value in given.get("Environment", ())}
        document, event = environment.get("Model"), environment.get("EventName")
        try:
            if document is None or not document.supportsService(_SHEETS):
                return None
            url = document.getURL()
            path = uno.fileUrlToSystemPath(url) if url.startswith("file:") else None
            try:
                if event == "OnLoadFinished":
                    spelling.enter(document)
                elif path and path.lower().endswith((".xlsx", ".xlsm")):
                    spelling.spell(path)
            finally:
                if path:
                    seen.remember(self.context, document, path)
        except Exception as error:  # noqa: BLE001
            process.note(event, "{}: {}".format(type(error).__name__, error))
            if os.environ.get("CVM_XL_LOG") == "full":
                traceback.print_exc()
        return None

    def getImplementationName(self):
        return NAME

    def supportsService(self, name):
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self):
        return (NAME, "com.sun.star.task.Job")


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Events, NAME, (NAME, "com.sun.star.task.Job"))
