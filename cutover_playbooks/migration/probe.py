"""Tells whether the effect of one step is there, whole: exit 0 yes, 1 no with the reason."""

from __future__ import annotations

import argparse
import hashlib
import sys
from functools import partial
from typing import TYPE_CHECKING

from job import Job, new, old, read_json, read_rows, start
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable

#: Entity of the cleansed files -> table it was loaded into, per batch.
_BATCHES = {
    "master": {
        "customers": new.customer,
        "products": new.product,
        "prices": new.price,
        "stock": new.stock,
    },
    "orders": {
        "orders": new.sales_order,
        "order_lines": new.sales_order_line,
        "invoices": new.invoice,
        "payments": new.payment,
    },
    "ledger": {"ledger_balances": new.journal_line},
}


def main() -> int:
    """Ask about `old_drained`, `extract`, `cleanse`, `snapshot` (--name) or `load_<batch>`.

    Nothing is changed.
    """
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("step")
    parser.add_argument("--name", default="CP1")
    given, rest = parser.parse_known_args()
    job = start(__doc__ or "", rest)
    questions: dict[str, Callable[[], str]] = {
        "old_drained": partial(_drained, job),
        "extract": partial(_extract, job),
        "cleanse": partial(_cleansed, job),
        "snapshot": partial(_snapshot, job, given.name),
        **{f"load_{batch}": partial(_loaded, job, batch) for batch in _BATCHES},
    }
    if given.step not in questions:
        parser.error(f"'{given.step}' is none of {', '.join(questions)}")
    lack = questions[given.step]()
    print(lack or f"{given.step} is there", file=sys.stderr if lack else sys.stdout)
    return 1 if lack else 0


def _drained(job: Job) -> str:
    """Tell whether the old system is frozen and the last write before the freeze is over."""
    key, value = old.sysctl.c.skey, old.sysctl.c.sval
    try:
        # Taking the write lock proves that nobody holds it; nothing is written.
        with old.writing(job.old_system()).begin() as db:
            frozen = db.execute(select(value).where(key == old.FROZEN_KEY)).scalar()
    except OperationalError as error:
        return f"somebody still writes in the old system ({error.orig})"
    return "" if frozen == "Y" else "the old system is not frozen: new work may begin any time"


def _extract(job: Job) -> str:
    """Every table's file has the digest it was written with."""
    if not (job.extract / "totals.json").exists():
        return "there is no whole extract"
    for table, facts in read_json(job.extract / "totals.json")["tables"].items():
        content = (job.extract / f"{table}.csv").read_bytes()
        if hashlib.sha256(content).hexdigest() != facts["sha256"]:
            return f"'{table}.csv' of the extract is not what was read from the old system"
    return ""


def _cleansed(job: Job) -> str:
    """Every cleansed file has as many rows as were counted."""
    if not (job.cleansed / "summary.json").exists():
        return "there are no whole cleansed files"
    for entity, count in read_json(job.cleansed / "summary.json")["entities"].items():
        rows = len(read_rows(job.cleansed / f"{entity}.csv"))
        if rows != count["loaded"]:
            return f"'{entity}.csv' has {rows} rows, {count['loaded']} were cleansed"
    return ""


def _snapshot(job: Job, name: str) -> str:
    manifest = job.folder / "snapshots" / name / "manifest.json"
    if not manifest.exists():
        return f"there is no snapshot '{name}'"
    for path, digest in read_json(manifest)["sha256"].items():
        content = (manifest.parent / path).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            return f"'{path}' of snapshot '{name}' is not what was saved"
    return ""


def _loaded(job: Job, batch: str) -> str:
    """Every table holds the rows that were cleansed for it, no more and no less."""
    entities = read_json(job.cleansed / "summary.json")["entities"]
    with job.new_system().begin() as db:
        for entity, table in _BATCHES[batch].items():
            rows = db.execute(select(func.count()).select_from(table)).scalar_one()
            if rows != entities[entity]["loaded"]:
                return f"table '{table.name}' has {rows} rows, not {entities[entity]['loaded']}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
