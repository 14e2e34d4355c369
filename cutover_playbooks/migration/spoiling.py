"""The migration's two switchable faults: amounts rounded wrongly, orders lost on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from job import faults, read_rows

if TYPE_CHECKING:
    from job import Job, Row

_CENT = Decimal("0.01")


def spoiled(job: Job, entity: str, rows: list[Row]) -> list[Row]:
    """Give the rows as the fault that is switched on leaves them; mostly as they are."""
    if job.fault == "rounding" and entity == "orders":
        for row in faults.each_thousandth(rows):
            row["total"] = str(Decimal(row["total"]) + _CENT)
    if job.fault == "dropped-rows" and entity in {"orders", "order_lines"}:
        lost = _lost(job)
        key = "number" if entity == "orders" else "order_number"
        return [row for row in rows if row[key] not in lost]
    return rows


def _lost(job: Job) -> frozenset[str]:
    """Choose every thousandth of the orders nothing else refers to."""
    invoiced = {row["order_number"] for row in read_rows(job.cleansed / "invoices.csv")}
    orders = read_rows(job.cleansed / "orders.csv")
    free = [row["number"] for row in orders if row["number"] not in invoiced]
    wanted = len(faults.each_thousandth(orders))
    return frozenset(free[:wanted])
