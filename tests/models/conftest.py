"""The real customers that the lifetime models are tested on."""

from __future__ import annotations

import numpy as np
import pytest

CALIBRATION_END = 35_703.0  # 1997-09-30 as a serial number


def _cdnow(path, columns, skip):
    ids, dates, money = np.loadtxt(path, usecols=columns, skiprows=skip, unpack=True)
    days = np.array([f"{int(d):08d}" for d in dates])
    days = np.array([f"{d[:4]}-{d[4:6]}-{d[6:]}" for d in days], dtype="datetime64[D]")
    return ids.astype(int), (days - np.datetime64("1899-12-30")).astype(float), money


@pytest.fixture(scope="session")
def cdnow_lines(data):
    """Customer, serial day and dollars of the 2,357 customers of the CDNOW sample, 78 weeks."""
    return _cdnow(data / "cdnow_sample.txt", (1, 2, 4), 0)


@pytest.fixture(scope="session")
def cdnow(cdnow_lines):
    """Summary of the CDNOW sample's first 39 weeks."""
    from cvm_xl.models.summary import summary

    return summary(*cdnow_lines, CALIBRATION_END)[0]


@pytest.fixture(scope="session")
def cdnow_master(data):
    """Summary of all 23,570 CDNOW customers' first 39 weeks."""
    from cvm_xl.models.summary import summary

    return summary(*_cdnow(data / "cdnow_master.txt", (0, 1, 3), 1), CALIBRATION_END)[0]


@pytest.fixture(scope="session")
def online_retail(data):
    """Customer, serial day and amount of the Online Retail lines that have a customer."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(
        data / "online_retail.parquet", columns=["CustomerID", "InvoiceDate", "Quantity", "UnitPrice"]
    )
    table = table.filter(pc.is_valid(table["CustomerID"]))
    when = table["InvoiceDate"].to_numpy().astype("datetime64[s]") - np.datetime64("1899-12-30", "s")
    amount = table["Quantity"].to_numpy() * table["UnitPrice"].to_numpy()
    return table["CustomerID"].to_numpy().astype(int), when.astype(float) / 86_400, amount
