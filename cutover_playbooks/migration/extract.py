"""Reads the old system's business tables in one consistent read into CSV files."""

from __future__ import annotations

import csv
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from databases import old, old_system
from job import say, start, write_json
from sqlalchemy import func, select
from working_files import draft_of, publish

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Table

TABLES = (
    old.cust,
    old.item,
    old.prc,
    old.stok,
    old.ordh,
    old.ordl,
    old.arinv,
    old.arpay,
    old.glacc,
    old.gltrn,
)


def main() -> None:
    """Write migration/extract; safe to repeat by the same task, refused for another."""
    job = start(__doc__ or "")
    draft = draft_of(job, job.extract)
    if draft is None:
        say(extract="already made by this task")
        return
    with old_system(job).begin() as db:  # one transaction: one state of the old system
        tables = {table.name: _copy(db, table, draft) for table in TABLES}
        control = _control_totals(db)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    write_json(draft / "totals.json", {"read_at": at, "tables": tables, "control": control})
    publish(job, draft, job.extract)
    job.done("files", "extract")
    say(extract=str(job.extract), rows={name: facts["rows"] for name, facts in tables.items()})


def _copy(db: Connection, table: Table, folder: Path) -> dict[str, Any]:
    rows = db.execute(select(table).order_by(*table.primary_key.columns)).all()
    path = folder / f"{table.name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in table.columns])
        writer.writerows(rows)
    return {"rows": len(rows), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def _control_totals(db: Connection) -> dict[str, int]:
    """Add up, in the database itself, what the loads must arrive at (cents and pieces)."""
    gltrn = old.gltrn.c
    side = {
        letter: select(func.coalesce(func.sum(gltrn.amnt), 0)).where(gltrn.dbcr == letter)
        for letter in "DC"
    }
    wanted = {
        "order_total": select(func.coalesce(func.sum(old.ordh.c.tamt), 0)),
        "line_total": select(func.coalesce(func.sum(old.ordl.c.lamt), 0)),
        "invoice_total": select(func.coalesce(func.sum(old.arinv.c.iamt), 0)),
        "invoice_open": select(func.coalesce(func.sum(old.arinv.c.iamt - old.arinv.c.pamt), 0)),
        "payment_total": select(func.coalesce(func.sum(old.arpay.c.pamt), 0)),
        "stock_on_hand": select(func.coalesce(func.sum(old.stok.c.qtoh), 0)),
        "ledger_debit": side["D"],
        "ledger_credit": side["C"],
    }
    return {name: int(db.execute(query).scalar_one()) for name, query in wanted.items()}


if __name__ == "__main__":
    main()
