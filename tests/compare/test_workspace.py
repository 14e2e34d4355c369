"""This workspace's four comparisons on a real migrated pair: they pass, and find planted faults."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from golive.contracts import Environment, Target
from golive.engines.compare import CompareEngine
from golive.outcome import Status
from golive.testing import RecordedContext

ROOT = Path(__file__).resolve().parents[2]
COMPARISONS = ("customers", "orders", "open_items", "ledger_balances")
SIZE = ("--customers", "300", "--products", "200", "--orders", "1500", "--seed", "7")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pair")
    _run("-m", "demo", "generate", "--dir", str(folder), *SIZE)
    for script in ("extract", "cleanse", "load_master", "load_orders", "load_ledger"):
        _run(f"cutover_playbooks/migration/{script}.py", "--dir", str(folder))
    return folder


def _run(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def compared(migrated, tmp_path):
    """Compare a copy of the pair after a change to the new database."""
    for name in ("old.db", "new.db"):
        shutil.copy(migrated / name, tmp_path / name)

    def comparing(name, change=""):
        with sqlite3.connect(tmp_path / "new.db") as db:
            db.executescript(change)
        db.close()
        workdir = tmp_path / f"work-{name}"
        workdir.mkdir()
        environment = Environment(
            name="demo",
            kind="demo",
            targets={
                side: Target(name=side, database=f"sqlite:///{tmp_path}/{side}.db")
                for side in ("old", "new")
            },
            facts={"demo_dir": str(migrated)},
        )
        context = RecordedContext(workspace=ROOT, workdir=workdir, environment=environment)
        args = {"comparison": f"cutover_playbooks/comparisons/{name}.yaml"}
        assert list(CompareEngine().check(args, context)) == []
        return CompareEngine().run(args, context)

    return comparing


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_true_migration_passes(compared, name):
    outcome = compared(name)
    assert outcome.status is Status.PASSED, outcome.summary
    assert next(item for item in outcome.metrics if item.name == "agreeing_rows").value > 10


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (
            "orders",
            "UPDATE sales_order SET total = '0.01' WHERE number = 'SO-000124'",
            "1 differ, first SO-000124 total",
        ),
        (
            "orders",
            "DELETE FROM sales_order WHERE number = 'SO-000124'",
            "1 only in the old system, first 00000124",
        ),
        (
            "orders",
            (
                "UPDATE sales_order SET customer_id = (SELECT max(id) FROM customer) "
                "WHERE number = 'SO-000124'"
            ),
            "first SO-000124 customer",
        ),
        (
            "customers",
            (
                "UPDATE customer SET name = name || '.' WHERE code = "
                "(SELECT min(code) FROM customer WHERE status = 'active')"
            ),
            "1 differ, first C0",
        ),
        (
            "customers",
            (
                "UPDATE customer SET legacy_code = legacy_code || '_' WHERE code = "
                "(SELECT min(code) FROM customer WHERE status = 'active')"
            ),
            "legacy_code",
        ),
        (
            "open_items",
            (
                "UPDATE invoice SET paid = total WHERE id = "
                "(SELECT min(id) FROM invoice WHERE total <> paid)"
            ),
            "1 only in the old system",
        ),
        (
            "ledger_balances",
            (
                "UPDATE journal_line SET debit = '0.01' WHERE rowid = "
                "(SELECT min(rowid) FROM journal_line WHERE debit <> '0.00')"
            ),
            "control total 'all balances' is off by",
        ),
    ],
)
def test_a_planted_fault_is_found_and_named(compared, name, change, said):
    outcome = compared(name, change)
    assert outcome.status is Status.FAILED, outcome.summary
    assert said in outcome.summary
