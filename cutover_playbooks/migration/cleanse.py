"""Makes the extract clean: loadable files, a key map, rejects with reasons, repairs."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import customers
import ledger
import orders
import products
from findings import ENTITIES, Findings
from job import read_json, read_map, read_rows, refuse, say, start, write_json, write_rows
from spoiling import lose_orders
from working_files import draft_of, publish

if TYPE_CHECKING:
    from pathlib import Path

    from job import Row

_MAPS = ("countries", "currencies", "units", "accounts", "statuses")
_TABLES = ("cust", "item", "prc", "stok", "ordh", "ordl", "arinv", "arpay", "gltrn")
_REPAIR = ("entity", "key", "field", "old_value", "new_value", "rule")
_KEYS = ("old_code", "new_code", "outcome")


def main() -> None:
    """Write migration/cleansed; safe to repeat by the same task, refused for another."""
    job = start(__doc__ or "")
    read_json(job.extract / "totals.json")  # refuses when there is no whole extract
    draft = draft_of(job, job.cleansed)
    if draft is None:
        say(cleanse="already made by this task")
        return
    source = {name: read_rows(job.extract / f"{name}.csv") for name in _TABLES}
    findings = Findings()
    keys, sizes = _cleanse(source, findings)
    lose_orders(job, findings, sizes, keys)
    summary = {name: findings.count(name, sizes[name]) for name in ENTITIES}
    _check(summary)
    _write(draft, findings, keys)
    write_json(draft / "summary.json", {"entities": summary, "control": _totals(findings)})
    publish(job, draft, job.cleansed)
    job.done("files", "cleanse")
    say(cleansed=summary)


def _cleanse(
    source: dict[str, list[Row]], findings: Findings
) -> tuple[dict[str, list[Row]], dict[str, int]]:
    """Go through all tables, masters first; give the key maps and the source counts."""
    maps = {name: read_map(name) for name in _MAPS}
    keys = {
        "customer_keys": customers.cleanse(source["cust"], maps, findings),
        "product_keys": products.cleanse(source["item"], maps, findings),
    }
    customer, product = (_as_map(keys[f"{name}_keys"]) for name in ("customer", "product"))
    products.cleanse_prices(source["prc"], product, maps, findings)
    products.cleanse_stock(source["stok"], product, findings)
    keys["order_keys"] = orders.cleanse(
        source["ordh"], source["ordl"], customer, product, maps, findings
    )
    order = _as_map(keys["order_keys"])
    invoice = orders.cleanse_invoices(source["arinv"], order, customer, maps, findings)
    orders.cleanse_payments(source["arpay"], invoice, maps, findings)
    tables = ("cust", "item", "prc", "stok", "ordh", "ordl", "arinv", "arpay")
    sizes = {name: len(source[table]) for name, table in zip(ENTITIES, tables, strict=False)}
    sizes["ledger_balances"] = ledger.cleanse(source["gltrn"], maps, findings)
    return keys, sizes


def _as_map(keys: list[Row]) -> dict[str, str]:
    return {row["old_code"]: row["new_code"] for row in keys}


def _check(summary: dict[str, dict[str, int]]) -> None:
    for entity, count in summary.items():
        if count["source"] != count["loaded"] + count["rejected"] + count["merged"]:
            refuse(f"{entity}: source is not loaded + rejected + merged: {json.dumps(count)}")


def _totals(findings: Findings) -> dict[str, int]:
    def cents(entity: str, field: str) -> int:
        return sum(int(row[field].replace(".", "")) for row in findings.loaded[entity])

    invoiced, paid = cents("invoices", "total"), cents("invoices", "paid")
    return {
        "order_total": cents("orders", "total"),
        "line_total": cents("order_lines", "line_total"),
        "invoice_total": invoiced,
        "invoice_open": invoiced - paid,
        "payment_total": cents("payments", "amount"),
        "stock_on_hand": sum(int(row["on_hand"]) for row in findings.loaded["stock"]),
    }


def _write(folder: Path, findings: Findings, keys: dict[str, list[Row]]) -> None:
    for entity, rows in findings.loaded.items():
        columns = list(rows[0]) if rows else ["empty"]
        write_rows(folder / f"{entity}.csv", columns, rows)
    for name, rows in keys.items():
        write_rows(folder / f"{name}.csv", _KEYS, rows)
    write_rows(folder / "rejects.csv", ("entity", "key", "reason"), findings.rejects)
    write_rows(folder / "repairs.csv", _REPAIR, findings.repairs)


if __name__ == "__main__":
    # Long notes are data too: no field may be cut or refused.
    csv.field_size_limit(2**31 - 1)
    main()
