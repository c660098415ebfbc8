"""The functions as an add-in of Calc: each call goes to the compute process, and its answer back to the cells."""

import unohelper
from com.sun.star.lang import XServiceInfo
from com.sun.star.sheet import NoConvergenceException
from com.sun.star.uno import RuntimeException
from cvm_xl_inside import process, wire
from org.cvmxl import XFunctions

NAME = "CVM"
"""The service; with a function's name behind it Calc's name for the function."""


class Functions(unohelper.Base, XFunctions, XServiceInfo):
    """Every method of the interface is one function of the catalogue; the declaration alone says which there are."""

    def __init__(self, context):
        self.context = context

    def __getattr__(self, method):
        if not method.isupper():
            raise AttributeError(method)
        function = "CVM_" + method

        def call(*args):
            return _call(function, args)

        self.__dict__[method] = call
        return call

    def getImplementationName(self):
        return NAME

    def supportsService(self, name):
        return name in self.getSupportedServiceNames()

    def getSupportedServiceNames(self):
        return (NAME, "com.sun.star.sheet.AddIn")


def _call(function, args):
    """Rows of cells; Calc takes one row of one cell for a single value."""
    texts = function in process.config()["texts"]
    grids = []
    try:
        message = {"call": function, "args": [wire.encode(arg, grids) for arg in args]}
        reply, sent = process.FUNCTIONS.ask(message, grids)
    except process.Gone as error:
        process.note(function, str(error))
        reply, sent = {"result": {"error": wire.ERRORS["#VALUE!"]}, "messages": []}, []
    for text in reply["messages"]:
        process.note(function, text)
    if texts:
        return _texts(reply["result"])
    answer = wire.decode(reply["result"], sent)
    return answer if isinstance(answer, tuple) else ((answer,),)


def _texts(result):
    """An answer of texts alone: Calc makes those comparable, and only those (=, COUNTIF, VLOOKUP).

    An error in a row must be a text there, and the error of the whole is one of the two that can be thrown.
    """
    if isinstance(result, dict) and "error" in result:
        if result["error"] == wire.ERRORS["#NUM!"]:
            raise NoConvergenceException()
        raise RuntimeException()
    rows = result["rows"] if isinstance(result, dict) else ((result,),)
    return tuple(
        tuple("" if cell is None else wire.code_of(cell["error"]) if isinstance(cell, dict) else cell for cell in row)
        for row in rows
    )


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Functions, NAME, (NAME, "com.sun.star.sheet.AddIn"))
