"""The functions as an add-in of Calc: each call goes to the compute process as it is, and its answer back to the cells."""

import unohelper
from com.sun.star.lang import XServiceInfo
from cvm_xl_inside import process, wire
from org.cvmxl import XFunctions

NAME = "CVM"
"""The service; with a function's name behind it Calc's name for the function."""


class Functions(unohelper.Base, XFunctions, XServiceInfo):
    """Every method of the interface is one function of the catalogue; which there are stands in its declaration alone."""

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
    grids = []
    try:
        reply, sent = process.FUNCTIONS.ask({"call": function, "args": [wire.encode(arg, grids) for arg in args]}, grids)
    except process.Gone as error:
        process.note(function, str(error))
        return ((wire.error_nan(wire.ERRORS["#VALUE!"]),),)
    for text in reply["messages"]:
        process.note(function, text)
    answer = wire.decode(reply["result"], sent)
    return answer if isinstance(answer, tuple) else ((answer,),)


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Functions, NAME, (NAME, "com.sun.star.sheet.AddIn"))
