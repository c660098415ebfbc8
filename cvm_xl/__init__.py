"""Customer value management in Excel: functions, workbooks and reports."""

__version__ = "0.1.0"
