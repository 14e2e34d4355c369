"""Each fault of the demo by itself does what it says, and nothing of it is left when it is off."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from demo import faults, generator, snapshots
from demo.__main__ import main
from demo.new import schema
from demo.new.app import create_app
from demo.new.settings import Settings, write_settings
from demo.site import DemoError
from demo.web.version import PATCHES
from sqlalchemy import insert, select

ORDER = {"customer": "C1", "product": "P1", "quantity": 3, "delivery_date": "2999-01-01"}
COMMON = {"name": "测试", "created_on": generator.AS_OF, "status": "active"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair whose new system has one customer and one product."""
    folder = tmp_path_factory.mktemp("demo")
    generator.generate(folder, customers=20, products=20, orders=50)
    engine = schema.connect(f"sqlite:///{folder / 'new.db'}")
    customer = COMMON | {"code": "C1", "address": "-", "city": "-", "credit_limit": 10}
    customer |= {"country_code": "CN", "currency_code": "CNY"}
    product = {"id": 1, "code": "P1", "name": "P", "unit": "EA", "product_group": "A"}
    price = {"product_id": 1, "currency_code": "CNY", "amount": 5}
    with schema.writing(engine).begin() as db:
        db.execute(insert(schema.customer), customer)
        db.execute(insert(schema.product), product | {"status": "active"})
        db.execute(insert(schema.price), price | {"valid_from": generator.AS_OF})
        stock = {"product_id": 1, "warehouse": "W1", "on_hand": 50, "allocated": 0}
        db.execute(insert(schema.stock), stock)
    engine.dispose()
    return folder


@pytest.fixture
def folder(made: Path) -> Path:
    faults.set_fault(made, faults.NONE)
    (made / PATCHES).unlink(missing_ok=True)
    return made


class Node:
    """One node of the new system, asked by its API."""

    def __init__(self, folder: Path, node: str = "new") -> None:
        self._folder = folder
        self._app = create_app(folder, f"sqlite:///{folder / 'new.db'}", node)

    def _ask(self, method: str, path: str, **words: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://new") as client:
                return await client.request(method, path, **words)

        return asyncio.run(ask())

    def version(self) -> dict[str, Any]:
        return self._ask("GET", "/version").json()

    def ask(self, user: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
        password = (self._folder / "secrets" / f"{user}_password").read_text()
        answer = self._ask("POST", path, json=body, auth=(user, password))
        return answer.status_code, answer.json()

    def submitted(self) -> str:
        code, order = self.ask("clerk", "/api/orders", ORDER)
        assert code == 201, order
        number = str(order["number"])
        assert self.ask("clerk", f"/api/orders/{number}/submit", {})[0] == 200
        return number


def test_one_fault_at_a_time_and_an_unknown_one_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--dir", str(folder), "fault", "rounding"]) == 0
    assert main(["--dir", str(folder), "fault", "stale-build"]) == 0
    assert faults.active(folder) == "stale-build"
    assert main(["--dir", str(folder), "fault", "none"]) == 0
    assert faults.active(folder) == ""
    assert main(["--dir", str(folder), "fault", "roundin"]) == 2
    assert "there is no fault 'roundin'" in capsys.readouterr().err
    assert main(["--dir", str(folder), "fault", "list", "--lang", "zh"]) == 0
    listed = capsys.readouterr().out
    assert [line.split()[0] for line in listed.splitlines()] == list(faults.FAULTS)
    assert "新系统允许业务员审批订单" in listed


def test_at_least_one_row_and_one_in_a_thousand_is_hit() -> None:
    assert faults.each_thousandth(range(7)) == (0,)
    assert faults.each_thousandth(range(2001)) == (0, 1000, 2000)
    assert faults.each_thousandth(range(0)) == ()


def test_slow_endpoint_makes_entering_an_order_wait(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("demo.new.business.time.sleep", waited.append)
    Node(folder).submitted()
    assert waited == []
    faults.set_fault(folder, "slow-endpoint")
    Node(folder).submitted()
    assert waited == [5.0]


def test_broken_approval_lets_a_clerk_approve_and_nothing_else(folder: Path) -> None:
    node = Node(folder)
    refused, answer = node.ask("clerk", f"/api/orders/{node.submitted()}/approve", {})
    assert (refused, answer["problems"][0]["code"]) == (403, "role_refused")
    write_settings(folder, "new", Settings(credit_check=False))
    faults.set_fault(folder, "broken-approval")
    node = Node(folder)
    number = node.submitted()
    assert node.ask("clerk", f"/api/orders/{number}/approve", {})[0] == 200
    assert node.ask("finance", f"/api/orders/{number}/ship", {})[0] == 403
    (folder / "config" / "new.json").unlink()


def test_unequal_sites_show_in_the_version_of_the_second_node_and_in_what_it_does(
    folder: Path,
) -> None:
    first, second = Node(folder).version(), Node(folder, "new_b").version()
    assert (first["site"], second["site"]) == ("site-a", "site-b")
    for key in ("build", "configuration"):
        assert first[key] == second[key]
    faults.set_fault(folder, "unequal-sites")
    other = Node(folder, "new_b")
    assert other.version()["build"] == first["build"]
    here, there = first["configuration"], other.version()["configuration"]
    assert there["sha256"] != here["sha256"]
    assert set(here["settings"].items()) - set(there["settings"].items()) == {
        ("credit_check", "yes")
    }
    number = other.submitted()  # 15.00, the customer's limit is 10.00
    assert Node(folder).ask("approver", f"/api/orders/{number}/approve", {})[0] == 409
    assert other.ask("approver", f"/api/orders/{number}/approve", {})[0] == 200


def test_settings_nobody_knows_are_refused(folder: Path) -> None:
    path = folder / "config" / "new.json"
    for text, said in (
        ('{"credit": true}', "an unknown setting 'credit'"),
        ('{"payment_term_days": "30"}', "'payment_term_days' must be a int"),
        ("{", "cannot be read"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DemoError, match=said):
            Node(folder)
    path.unlink()


def test_a_patched_build_is_another_build(folder: Path) -> None:
    before = Node(folder).version()
    (folder / PATCHES).write_text("hotfix\n", encoding="utf-8")
    after = Node(folder).version()
    assert after["build"] != before["build"]
    assert Node(folder, "new_b").version()["build"] == after["build"]
    assert {k: v for k, v in after.items() if k != "build"} == {
        k: v for k, v in before.items() if k != "build"
    }


def test_bad_rollback_forgets_one_table_when_restoring(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_route", lambda _: "old")
    before = snapshots.take(folder, "CP1", "r/t/1")["tables"]["new"]
    engine = schema.connect(f"sqlite:///{folder / 'new.db'}")
    entry = {"number": "JE-000001", "entry_date": generator.AS_OF, "currency_code": "CNY"}
    with schema.writing(engine).begin() as db:
        db.execute(insert(schema.journal_entry), entry | {"origin": "manual", "description": "x"})
        db.execute(insert(schema.migration_batch), {"name": "m", "attempt": "r/t/1", "rows": 1})
    faults.set_fault(folder, "bad-rollback")
    snapshots.restore(folder, "CP1", "r/u/1")
    after = snapshots.table_digests(folder / "new.db")
    assert {name for name in before if before[name] != after[name]} == {faults.FORGOTTEN_TABLE}
    faults.set_fault(folder, faults.NONE)
    snapshots.restore(folder, "CP1", "r/u/2")
    with engine.begin() as db:
        assert db.execute(select(schema.journal_entry)).all() == []
    engine.dispose()
