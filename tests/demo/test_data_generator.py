from __future__ import annotations

import sqlite3
import stat
from typing import TYPE_CHECKING, Any

import pytest
from demo import generator
from demo.new import schema as new
from demo.old import schema as old
from demo.passwords import hash_password, password_matches
from demo.snapshots import table_digests

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {"customers": 80, "products": 60, "orders": 400}
PERSONAL = ("usr",)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo")
    generator.generate(path, seed=11, **SIZES)
    return path


def ask(folder: Path, query: str, system: str = "old") -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(folder / f"{system}.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def business(folder: Path) -> dict[str, Any]:
    digests = table_digests(folder / "old.db")
    return {name: facts for name, facts in digests.items() if name not in PERSONAL}


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(
    folder: Path, tmp_path: Path
) -> None:
    generator.generate(tmp_path / "same", seed=11, **SIZES)
    generator.generate(tmp_path / "other", seed=12, **SIZES)
    assert business(tmp_path / "same") == business(folder)
    assert business(tmp_path / "other")["ordh"] != business(folder)["ordh"]
    exports = "files/export/cust_20260630.csv"
    assert (tmp_path / "same" / exports).read_bytes() == (folder / exports).read_bytes()


def test_every_kind_of_dirt_occurs_even_in_a_small_pair(folder: Path) -> None:
    dirt = {
        "name missing": "SELECT 1 FROM cust WHERE TRIM(COALESCE(cnm1,''), ' '||char(12288)) = ''",
        "same tax number": "SELECT 1 FROM cust WHERE taxn IS NOT NULL"
        " GROUP BY UPPER(taxn) HAVING COUNT(*) > 1",
        "odd code": "SELECT 1 FROM cust WHERE cuno NOT GLOB 'C[0-9][0-9][0-9][0-9][0-9]'",
        "odd currency": "SELECT 1 FROM cust WHERE curr IN ('RMB', 'cny', '人民币', 'CNY ')",
        "odd country": "SELECT 1 FROM cust WHERE ctry IN ('cn', 'CHN', 'CN ', '中国')",
        "rare character": "SELECT 1 FROM cust WHERE cnm1 LIKE '%㐂%' OR cnm1 LIKE '%𠮷%'",
        "unknown customer": "SELECT 1 FROM ordh h LEFT JOIN cust c ON c.cuno = h.cuno"
        " WHERE c.cuno IS NULL",
        "no delivery date": "SELECT 1 FROM ordh WHERE dldt = '00000000'",
        "price of nothing": "SELECT 1 FROM prc WHERE pric <= 0",
        "wrong total": "SELECT 1 FROM ordh h WHERE tamt <>"
        " (SELECT SUM(lamt) FROM ordl l WHERE l.orno = h.orno)",
    }
    assert [name for name, query in dirt.items() if not ask(folder, query)] == []


def test_books_balance_and_receivables_are_the_open_invoices(folder: Path) -> None:
    for (cents,) in ask(
        folder, "SELECT SUM(CASE dbcr WHEN 'D' THEN amnt ELSE -amnt END) FROM gltrn GROUP BY tjno"
    ):
        assert cents == 0
    receivables = ask(
        folder,
        "SELECT SUM(CASE dbcr WHEN 'D' THEN amnt ELSE -amnt END) FROM gltrn WHERE acno = '1122'",
    )
    assert receivables == ask(folder, "SELECT SUM(iamt - pamt) FROM arinv")
    assert receivables != [(0,)]
    assert ask(folder, "SELECT 1 FROM stok WHERE qtal > qtoh OR qtal < 0") == []


def test_passwords_are_private_and_open_both_systems(folder: Path) -> None:
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700
    for name, *_ in generator.words.USERS:
        path = folder / "secrets" / f"{name}_password"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        password = path.read_text()
        ((in_old,),) = ask(folder, f"SELECT pwhs FROM usr WHERE usid = '{name}'")
        ((in_new,),) = ask(
            folder, f"SELECT password_hash FROM app_user WHERE username = '{name}'", "new"
        )
        assert password_matches(password, in_old)
        assert password_matches(password, in_new)
        assert not password_matches(password + "x", in_old)


def test_an_unreadable_hash_matches_nothing() -> None:
    assert not password_matches("secret", "")
    assert not password_matches("secret", "md5$1$1$1$00$00")
    assert password_matches("密码", hash_password("密码", b"0" * 16))


def test_a_pair_is_never_wiped_by_accident(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(generator.AlreadyGeneratedError, match="already holds"):
        generator.generate(folder, **SIZES)
    generator.generate(tmp_path, **SIZES)
    before = (tmp_path / "secrets" / "admin_password").read_text()
    generator.generate(tmp_path, replace=True, **SIZES)
    assert (tmp_path / "secrets" / "admin_password").read_text() != before


def test_exports_are_gbk_and_lose_what_gbk_lacks(folder: Path) -> None:
    (export,) = (folder / "files" / "export").glob("cust_*.csv")
    text = export.read_bytes().decode("gbk")
    assert text.startswith("客户编号,名称,城市,币种")
    assert "?" in text
    assert "接口配置" in (folder / "files" / "interface.cfg").read_bytes().decode("gbk")


def test_old_and_new_split_vat_alike() -> None:
    for cents in (0, 1, 5, 101, 113, 11300, 99999, 1234567):
        net, vat = old.net_and_vat(cents)
        assert net + vat == cents
        as_new = new.net_and_vat(new.exact_amount(cents) / 100)
        assert as_new == (new.exact_amount(net) / 100, new.exact_amount(vat) / 100)


@pytest.mark.parametrize(
    ("stored", "meant"),
    [("RMB", "CNY"), ("cny ", "CNY"), ("人民币", "CNY"), (None, "CNY"), ("US$", "USD")],
)
def test_the_old_system_knows_its_currency_spellings(stored: str | None, meant: str) -> None:
    assert old.currency(stored) == meant


@pytest.mark.parametrize("value", [1.5, "1.00", new.CENT / 10])
def test_money_is_exact_or_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="amount"):
        new.exact_amount(value)
