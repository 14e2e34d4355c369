"""Loads customers, products, prices and stock into the new system, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convert import values
from databases import new
from job import Job, read_rows, start
from loading import ids, load

if TYPE_CHECKING:
    from sqlalchemy import Connection

_CUSTOMER = (
    "code",
    "legacy_code",
    "name",
    "name_en",
    "city",
    "country_code",
    "currency_code",
    "tax_number",
    "credit_limit",
    "phone",
    "email",
    "status",
    "created_on",
    "note",
)
_PRODUCT = ("code", "legacy_code", "name", "name_en", "unit", "product_group", "status", "note")
_PRICE = ("currency_code", "valid_from", "valid_to", "amount")
_STOCK = ("warehouse", "on_hand", "allocated")

Rows = list[dict[str, Any]]


def main() -> None:
    """Load the batch `master`; safe to repeat by the same attempt, refused for another."""
    job = start(__doc__ or "")
    parts = (
        (new.customer, lambda _: _customers(job)),
        (new.product, lambda _: values(new.product, _PRODUCT, _read(job, "products"))),
        (new.price, lambda db: _of_product(db, job, "prices", _PRICE)),
        (new.stock, lambda db: _of_product(db, job, "stock", _STOCK)),
    )
    load(job, "master", parts)


def _read(job: Job, entity: str) -> Rows:
    return read_rows(job.cleansed / f"{entity}.csv")


def _customers(job: Job) -> Rows:
    rows = _read(job, "customers")
    loaded = values(new.customer, _CUSTOMER, rows)
    # An address may be empty but is never unknown: the new system has no NULL there.
    for value, row in zip(loaded, rows, strict=True):
        value["address"] = row["address"]
    return loaded


def _of_product(db: Connection, job: Job, entity: str, columns: tuple[str, ...]) -> Rows:
    table = new.price if entity == "prices" else new.stock
    rows = _read(job, entity)
    known = ids(db, new.product, "code")
    loaded = values(table, columns, rows)
    for value, row in zip(loaded, rows, strict=True):
        value["product_id"] = known[row["product_code"]]
    return loaded


if __name__ == "__main__":
    main()
