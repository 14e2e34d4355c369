"""Two business days entered in both systems, and the comparisons that hold them together."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from demo import days, dualrun, effects, generator, pair
from demo.__main__ import main
from demo.site import DemoError, Site

from golive.contracts import Environment, Target
from golive.engines.compare import CompareEngine
from golive.outcome import Outcome, Status
from golive.testing import RecordedContext

ROOT = Path(__file__).resolve().parents[2]
COMPARISONS = ("dual_orders", "dual_receivables", "dual_ledger")
FRIDAY = date(2099, 11, 27)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A small pair after its cutover, two business days entered; tests only read it."""
    folder = tmp_path_factory.mktemp("demo")
    generator.generate(folder, seed=5, customers=120, products=90, orders=300)
    made = pair.up(folder)
    try:
        for words in (["-m", "demo", "migrate"],):
            done = subprocess.run(
                [sys.executable, *words, "--dir", str(folder)],
                cwd=ROOT, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
        with pytest.raises(DemoError, match="begins after the cutover"):
            dualrun.run_on_beside(made, "by-hand")
        dualrun.Desk(made, "old").ask("admin", "/admin/freeze", {})
        dualrun.Desk(made, "new").ask("admin", "/admin/open", {})
        dualrun.Desk(made, "gateway").ask("admin", "/admin/switch", {"to": "new"})
        assert dualrun.run_on_beside(made, "r/PARALLEL/1")
        assert not dualrun.run_on_beside(made, "r/PARALLEL/2")
        days.move_to(folder, FRIDAY)
        assert main(["--dir", str(folder), "day"]) == 0
        assert main(["--dir", str(folder), "day"]) == 0
        yield made
    finally:
        pair.down(folder)


def compared(site: Site, name: str, cycle: str, workdir: Path, new_db: str = "") -> Outcome:
    databases = {"old": site.databases["old"], "new": new_db or site.databases["new"]}
    environment = Environment(
        name="demo",
        kind="demo",
        targets={side: Target(name=side, database=dsn) for side, dsn in databases.items()},
        facts={"demo_dir": str(site.folder)},
    )
    workdir.mkdir()
    context = RecordedContext(workspace=ROOT, workdir=workdir, environment=environment)
    path = f"cutover_playbooks/comparisons/{name}.yaml"
    return CompareEngine().run({"comparison": path, "cycle": cycle}, context)


@pytest.mark.parametrize("name", COMPARISONS)
def test_each_day_agrees_in_both_systems(site: Site, tmp_path: Path, name: str) -> None:
    for cycle in ("2099-11-30", "2099-12-01"):
        found = compared(site, name, cycle, tmp_path / f"{name}-{cycle}")
        assert found.status is Status.PASSED, found.summary


def test_a_day_nobody_entered_proves_nothing(site: Site, tmp_path: Path) -> None:
    for name in COMPARISONS:
        found = compared(site, name, "2099-12-02", tmp_path / name)
        assert found.status is Status.BROKEN, found.summary


CHANGES = {
    "dual_orders": "UPDATE sales_order SET total = '0.01' WHERE note = 'DR-20991130-08'",
    "dual_receivables": "UPDATE invoice SET due_date = '2100-01-31' WHERE id IN (SELECT i.id FROM"
    " invoice i JOIN sales_order o ON o.id = order_id WHERE note = 'DR-20991130-03')",
    "dual_ledger": "DELETE FROM journal_line WHERE account_code = '2221' AND entry_id IN"
    " (SELECT id FROM journal_entry WHERE entry_date = '2099-11-30' LIMIT 2)",
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_what_was_entered_otherwise_is_found(site: Site, tmp_path: Path, name: str) -> None:
    copy = tmp_path / "new.db"
    with sqlite3.connect(site.folder / "new.db") as live, sqlite3.connect(copy) as base:
        live.backup(base)
        assert base.execute(CHANGES[name]).rowcount > 0
    base.close()
    live.close()
    found = compared(site, name, "2099-11-30", tmp_path / "work", f"sqlite:///{copy}")
    assert found.status is Status.FAILED, found.summary


def test_the_old_system_runs_on_by_an_operators_hand_and_users_stay_where_they_are(
    site: Site,
) -> None:
    noted = [line for line in effects.read(site.folder) if line.effect == "unfreeze"]
    assert [line.attempt for line in noted] == ["r/PARALLEL/1"]
    assert dualrun.Desk(site, "gateway").ask("admin", "/route") == {"to": "new"}


def test_the_business_day_goes_on_over_a_weekend_and_never_back(site: Site, tmp_path: Path) -> None:
    assert days.business_day(site.folder) == date(2099, 12, 1)
    assert days.next_working_day(FRIDAY) == FRIDAY + timedelta(days=3)
    assert days.business_day(tmp_path) == date.today()  # noqa: DTZ011 - the machine's own day
    with pytest.raises(DemoError, match="never moved back"):
        days.move_to(site.folder, FRIDAY)


def test_exports_are_gbk_with_headings_in_the_business_words(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--dir", str(site.folder), "export", "--date", "2099-11-30"]) == 0
    folder = Path(capsys.readouterr().out.strip())
    lines = (folder / "orders.csv").read_bytes().decode("gbk").splitlines()
    assert lines[0].startswith("订单号,参考号,客户编号")
    assert len(lines) == 9


def test_the_same_day_gives_the_same_papers_and_each_kind_of_fate() -> None:
    one = dualrun.papers(FRIDAY, ["C1", "C2"], ["P1"])
    assert one == dualrun.papers(FRIDAY, ["C1", "C2"], ["P1"])
    assert one != dualrun.papers(FRIDAY + timedelta(days=3), ["C1", "C2"], ["P1"])
    assert len({paper.reference for paper in one}) == len(one)
    assert {paper.fate[-1] for paper in one if paper.fate} == {
        *("pay", "pay 0.01", "invoice", "ship", "approve", "reject", "submit"),
    }
