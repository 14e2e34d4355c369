"""Tells whether the effect of one step is there, whole: exit 0 yes, 1 no with the reason."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from functools import partial
from typing import TYPE_CHECKING

from job import DemoError, Job, ask, count_rows, read_json, read_site, start

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds the gateway gets to answer.
_PATIENCE = 5
#: Entity of the cleansed files -> table it was loaded into, per batch. Names, not the schema's
#: tables, which would bring SQLAlchemy with them.
_BATCHES = {
    "master": {
        "customers": "customer",
        "products": "product",
        "prices": "price",
        "stock": "stock",
    },
    "orders": {
        "orders": "sales_order",
        "order_lines": "sales_order_line",
        "invoices": "invoice",
        "payments": "payment",
    },
    "ledger": {"ledger_balances": "journal_line"},
}


def main() -> int:
    """Ask about one step, named by what its effect is, e.g. `old_frozen` or `load_orders`.

    A snapshot is called after the run, as the playbook that takes it does: `<run>-<name>`.
    Nothing is changed.
    """
    parser = argparse.ArgumentParser(description=__doc__, add_help=False)
    parser.add_argument("step")
    parser.add_argument("--name", default="CP1")
    given, rest = parser.parse_known_args()
    job = start(__doc__ or "", rest)
    questions: dict[str, Callable[[], str]] = {
        "old_frozen": partial(_frozen, job),
        "old_drained": partial(_drained, job),
        "extract": partial(_extract, job),
        "cleanse": partial(_cleansed, job),
        "snapshot": partial(_snapshot, job, given.name),
        "route_new": partial(_leads_to_new, job),
        **{f"load_{batch}": partial(_loaded, job, batch) for batch in _BATCHES},
    }
    if given.step not in questions:
        parser.error(f"'{given.step}' is none of {', '.join(questions)}")
    lack = questions[given.step]()
    print(lack or f"{given.step} is there", file=sys.stderr if lack else sys.stdout)
    return 1 if lack else 0


def _frozen(job: Job) -> str:
    """Tell whether the old system refuses business writes."""
    return _write_stop(job, alone=False)


def _drained(job: Job) -> str:
    """Tell whether the old system is frozen and the last write before the freeze is over."""
    # Taking the write lock proves that nobody holds it; nothing is written.
    return _write_stop(job, alone=True)


def _write_stop(job: Job, *, alone: bool) -> str:
    # FROZEN_KEY of the old system's schema, which would bring SQLAlchemy with it.
    question = "SELECT sval FROM sysctl WHERE skey = 'FRZN'"
    try:
        [frozen] = ask(job.old_dsn, question, alone=alone)
    except DemoError as error:
        what = "somebody still writes in" if alone else "nothing can be asked of"
        return f"{what} the old system ({error})"
    return "" if frozen == "Y" else "the old system is not frozen: writes go through"


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
        rows = count_rows(job.cleansed / f"{entity}.csv")
        if rows != count["loaded"]:
            return f"'{entity}.csv' has {rows} rows, {count['loaded']} were cleansed"
    return ""


def _snapshot(job: Job, name: str) -> str:
    run = re.sub(r"[^\w-]", "-", job.attempt.partition("/")[0], flags=re.ASCII)
    name = f"{run}-{name}"
    manifest = job.folder / "snapshots" / name / "manifest.json"
    if not manifest.exists():
        return f"there is no snapshot '{name}'"
    for path, digest in read_json(manifest)["sha256"].items():
        content = (manifest.parent / path).read_bytes()
        if hashlib.sha256(content).hexdigest() != digest:
            return f"'{path}' of snapshot '{name}' is not what was saved"
    return ""


def _leads_to_new(job: Job) -> str:
    """Ask the gateway where users go."""
    from urllib.request import urlopen  # noqa: PLC0415 - many parts, for one question of them

    site = read_site(job.folder)
    if site is None:
        return "there is no gateway: the pair was never brought up"
    try:
        address = f"{site.urls['gateway']}/route"
        with urlopen(address, timeout=_PATIENCE) as answer:  # noqa: S310 - our own site.json
            to = json.load(answer)["to"]
    except (OSError, ValueError, KeyError) as error:
        return f"the gateway does not say where users go ({error})"
    return "" if to == "new" else f"the gateway sends users to the {to} system"


def _loaded(job: Job, batch: str) -> str:
    """Every table holds the rows that were cleansed for it, no more and no less."""
    entities = read_json(job.cleansed / "summary.json")["entities"]
    tables = _BATCHES[batch]
    questions = [f"SELECT count(*) FROM {table}" for table in tables.values()]  # noqa: S608 - ours
    try:
        counted = ask(job.new_dsn, *questions)
    except DemoError as error:
        return f"the new system's database does not tell ({error})"
    for (entity, table), rows in zip(tables.items(), counted, strict=True):
        if rows != entities[entity]["loaded"]:
            return f"table '{table}' has {rows} rows, not {entities[entity]['loaded']}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
