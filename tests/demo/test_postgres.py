"""The pair on PostgreSQL: the same rows as on SQLite, a migration, a day, users at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from demo import dualrun, generator, pair
from demo.database import connect
from demo.site import DemoError, Site, read_site
from sqlalchemy import text
from tests.demo.postgres import two_databases

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"customers": 80, "products": 60, "orders": 300}
SUMS = {
    "orders": "SELECT COUNT(*), SUM(tamt), MIN(ordt), MAX(orno) FROM ordh",
    "lines": "SELECT COUNT(*), SUM(lamt), SUM(qty) FROM ordl",
    "open": "SELECT COUNT(*), SUM(iamt - pamt) FROM arinv",
    "ledger": "SELECT COUNT(*), SUM(CASE dbcr WHEN 'D' THEN amnt ELSE -amnt END) FROM gltrn",
    "prices": "SELECT COUNT(*), SUM(pric) FROM prc",
}


@pytest.fixture(scope="module")
def databases() -> Iterator[dict[str, str]]:
    with two_databases() as found:
        yield found


@pytest.fixture(scope="module")
def site(databases: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A pair on PostgreSQL, up, migrated, the gateway leading to the open new system."""
    folder = tmp_path_factory.mktemp("pair")
    with pytest.MonkeyPatch.context() as patch:
        for name, dsn in databases.items():
            patch.setenv(f"DEMO_{name.upper()}_DATABASE", dsn)
        generator.generate(folder, seed=11, **SIZES)
        with pytest.raises(generator.AlreadyGeneratedError):
            generator.generate(folder, seed=11, **SIZES)
        pair.up(folder)
    # What follows knows the databases from site.json alone.
    try:
        done = subprocess.run(
            [sys.executable, "-m", "demo", "migrate", "--dir", str(folder)],
            cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        made = read_site(folder)
        assert made is not None
        yield made
    finally:
        pair.down(folder)


def ask(dsn: str, query: str) -> list[tuple[Any, ...]]:
    engine = connect(dsn)
    with engine.begin() as db:
        rows = [tuple(row) for row in db.execute(text(query))]
    engine.dispose()
    return rows


def test_the_same_seed_gives_the_same_books_as_on_sqlite(site: Site, tmp_path: Path) -> None:
    generator.generate(tmp_path, seed=11, **SIZES)
    for name, query in SUMS.items():
        assert ask(site.databases["old"], query) == ask(f"sqlite:///{tmp_path}/old.db", query), name


def test_what_was_migrated_is_there_and_balances(site: Site) -> None:
    new, old = site.databases["new"], site.databases["old"]
    ((owed,),) = ask(new, "SELECT SUM(total - paid) FROM invoice")
    ((cents,),) = ask(old, "SELECT SUM(iamt - pamt) FROM arinv")
    assert owed * 100 == cents > 0
    ((balance,),) = ask(new, "SELECT SUM(debit - credit) FROM journal_line")
    assert balance == 0


def test_a_day_of_the_dual_run_is_the_same_in_both(site: Site) -> None:
    with pytest.raises(DemoError, match="users still reach the old system"):
        dualrun.run_on_beside(site, "by-hand")
    dualrun.Desk(site, "new").ask("admin", "/admin/open", {})
    dualrun.Desk(site, "gateway").ask("admin", "/admin/switch", {"to": "new"})
    day = date(2099, 11, 30)
    assert dualrun.enter(site, day) == 8
    exported = dualrun.end_of_day(site, day) / "ledger.csv"
    ours = [line.split(",") for line in exported.read_text("gbk").splitlines()[1:]]
    theirs = ask(
        site.databases["new"],
        "SELECT account_code, currency_code, SUM(debit), SUM(credit) FROM journal_line"
        " JOIN journal_entry ON id = entry_id WHERE entry_date = '2099-11-30'"
        " GROUP BY 1, 2 ORDER BY 1, 2",
    )
    assert ours == [[account, unit, str(d), str(c)] for account, unit, d, c in theirs]
    assert len(ours) == 4


def test_users_at_once_get_numbers_of_their_own_and_no_more_than_is_there(site: Site) -> None:
    ((customer, product, free),) = ask(
        site.databases["new"],
        "SELECT c.code, p.code, s.on_hand - s.allocated FROM customer c, product p"
        " JOIN stock s ON s.product_id = p.id JOIN price r ON r.product_id = p.id"
        " WHERE c.status = 'active' AND c.currency_code = 'CNY' AND c.credit_limit = 0"
        " AND p.status = 'active' AND r.currency_code = 'CNY' AND r.valid_to IS NULL"
        " ORDER BY 3 LIMIT 1",
    )
    order = {"customer": customer, "product": product, "quantity": int(free * 2 / 3) or 1}
    order |= {"delivery_date": "2999-01-01", "note": ""}

    def buy(number: int) -> tuple[str, str]:
        desk = dualrun.Desk(site, ("new", "new_b")[number % 2])
        made = desk.ask("clerk", "/api/orders", order)["number"]
        desk.ask("clerk", f"/api/orders/{made}/submit", {})
        try:
            desk.ask("approver", f"/api/orders/{made}/approve", {})
        except DemoError as refused:
            return made, str(refused)
        return made, ""

    with ThreadPoolExecutor(6) as people:
        done = list(people.map(buy, range(6)))
    assert len({made for made, _ in done}) == 6
    refusals = [said for _, said in done if said]
    assert len(refusals) == 5
    assert all("Not enough stock" in said for said in refusals)
