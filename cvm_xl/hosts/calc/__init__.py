"""LibreOffice Calc: the add-in with its compute process, and an xlwings engine."""
