"""The commands that every spreadsheet program offers: what a button does to the workbook that is open."""
