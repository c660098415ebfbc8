"""Excel on Windows and Mac through xlwings: functions for cells, commands for buttons."""
