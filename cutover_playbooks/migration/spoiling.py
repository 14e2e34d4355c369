"""The migration's two switchable faults: amounts rounded wrongly, orders lost on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from job import faults

if TYPE_CHECKING:
    from findings import Findings
    from job import Job, Row

_CENT = Decimal("0.01")
#: What is lost with an order -> the column that names it.
_LOST = {"orders": "number", "order_lines": "order_number"}


def rounded(job: Job, entity: str, rows: list[Row]) -> list[Row]:
    """Give the rows as they are loaded; with the fault `rounding` some totals are a cent off."""
    if job.fault == "rounding" and entity == "orders":
        for row in faults.each_thousandth(rows):
            row["total"] = str(Decimal(row["total"]) + _CENT)
    return rows


def lose_orders(
    job: Job, findings: Findings, sizes: dict[str, int], keys: dict[str, list[Row]]
) -> None:
    """With the fault `dropped-rows`: lose every thousandth order as if it had never been read.

    The migration's own counts agree then, so that only a comparison with the old system shows it.
    Orders nothing else refers to are taken.
    """
    if job.fault != "dropped-rows":
        return
    invoiced = {row["order_number"] for row in findings.loaded["invoices"]}
    orders = findings.loaded["orders"]
    free = [row["number"] for row in orders if row["number"] not in invoiced]
    lost = frozenset(free[: len(faults.each_thousandth(orders))])
    for entity, column in _LOST.items():
        kept = [row for row in findings.loaded[entity] if row[column] not in lost]
        sizes[entity] -= len(findings.loaded[entity]) - len(kept)
        findings.loaded[entity] = kept
    keys["order_keys"] = [row for row in keys["order_keys"] if row["new_code"] not in lost]
