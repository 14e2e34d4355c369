"""Loads orders with their lines, invoices and payments into the new system, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convert import values
from databases import new
from job import Job, read_rows, refuse, start
from loading import ids, load
from spoiling import rounded

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

_ORDER = (
    "number",
    "legacy_code",
    "order_date",
    "delivery_date",
    "currency_code",
    "total",
    "status",
    "created_by",
    "decided_by",
    "decided_on",
    "note",
)
_LINE = ("line_no", "quantity", "unit_price", "line_total")
_INVOICE = (
    "number",
    "legacy_code",
    "invoice_date",
    "due_date",
    "currency_code",
    "total",
    "paid",
    "status",
)
_PAYMENT = ("number", "legacy_code", "payment_date", "currency_code", "amount", "reference")
_CUSTOMER = ("customer_id", "customer_code", new.customer, "code")
_ORDER_OF = ("order_id", "order_number", new.sales_order, "number")
_PRODUCT = ("product_id", "product_code", new.product, "code")
_INVOICE_OF = ("invoice_id", "invoice_number", new.invoice, "number")

#: Column of the new table, column of the file, table it refers to, that table's business key.
Reference = tuple[str, str, "Table", str]


def main() -> None:
    """Load the batch `orders`; safe to repeat by the same attempt, refused for another."""
    job = start(__doc__ or "")

    def rows(
        table: Table, entity: str, columns: tuple[str, ...], *references: Reference
    ) -> tuple[Table, Any]:
        return table, lambda db: _rows(db, job, table, entity, columns, references)

    parts = (
        rows(new.sales_order, "orders", _ORDER, _CUSTOMER),
        rows(new.sales_order_line, "order_lines", _LINE, _ORDER_OF, _PRODUCT),
        rows(new.invoice, "invoices", _INVOICE, _ORDER_OF, _CUSTOMER),
        rows(new.payment, "payments", _PAYMENT, _INVOICE_OF),
    )
    load(job, "orders", parts)


def _rows(
    db: Connection,
    job: Job,
    table: Table,
    entity: str,
    columns: tuple[str, ...],
    references: tuple[Reference, ...],
) -> list[dict[str, Any]]:
    rows = rounded(job, entity, read_rows(job.cleansed / f"{entity}.csv"))
    loaded = values(table, columns, rows)
    for column, key, target, business_key in references:
        known = ids(db, target, business_key)
        if not known:
            refuse(f"orders: table '{target.name}' is empty (load the master data first)")
        for value, row in zip(loaded, rows, strict=True):
            value[column] = known[row[key]]
    return loaded


if __name__ == "__main__":
    main()
