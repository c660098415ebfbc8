"""What runs in LibreOffice's own Python: standard library and UNO only. `addin` packs it, nothing imports it."""
