"""Where people meet cvm_xl: spreadsheet programs and the macros they offer."""
