"""The add-in for Excel: a file built from the catalogue, put where Excel finds it, and looked after."""
