"""Fills the old system with seeded, partly dirty order-to-cash data; creates the new one empty.

What is dirty, and what the migration makes of it, is listed in cutover_playbooks/migration/
MAPPING.md. The same seed and sizes give the same business rows, byte for byte; only passwords are
random. Whatever the dirt, debits equal credits and open invoices equal account 1122.
"""

from __future__ import annotations

import os
import random
import secrets
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from demo import dirt, old_files
from demo import vocabulary as words
from demo.new import schema as new
from demo.old import schema as old
from demo.passwords import hash_password
from demo.site import DemoError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Engine, Table

Row = dict[str, Any]

#: The last working day in the data: fixed, so that the same seed gives the same rows for ever.
AS_OF = date(2026, 6, 30)
_FIRST_DAY = AS_OF - timedelta(days=540)
_NEW_PRICES = date(2026, 1, 1)
_OPEN_END = "99991231"
_RECENT_DAYS = 60
# Weights of D W A R S I P for orders older than _RECENT_DAYS and for recent ones.
_LETTERS = "DWARSIP"
_OLD_WEIGHTS = (1, 1, 1, 4, 1, 8, 84)
_RECENT_WEIGHTS = (8, 6, 14, 3, 9, 35, 25)
_RATES = {"CNY": 1.0, "USD": 0.14, "EUR": 0.128}


@dataclass(slots=True)
class Books:
    """The rows of the old system while they are being made, one list per table."""

    cust: list[Row] = field(default_factory=list)
    item: list[Row] = field(default_factory=list)
    prc: list[Row] = field(default_factory=list)
    stok: list[Row] = field(default_factory=list)
    ordh: list[Row] = field(default_factory=list)
    ordl: list[Row] = field(default_factory=list)
    arinv: list[Row] = field(default_factory=list)
    arpay: list[Row] = field(default_factory=list)
    glacc: list[Row] = field(default_factory=list)
    gltrn: list[Row] = field(default_factory=list)


class AlreadyGeneratedError(DemoError):
    """The folder already holds a demo pair; generating again would wipe it."""


def default_dsn(folder: Path, system: str) -> str:
    """Give the SQLite DSN of `old` or `new` in the state folder (an absolute path)."""
    return f"sqlite:///{(folder / f'{system}.db').resolve()}"


def generate(
    folder: Path,
    *,
    seed: int = 7,
    customers: int = 2000,
    products: int = 5000,
    orders: int = 20000,
    replace: bool = False,
) -> Mapping[str, int]:
    """Create both databases, `files/` and `secrets/` in `folder`; give the old rows per table.

    Raises AlreadyGeneratedError when a pair is there, unless `replace`; then everything of the
    pair in the folder is wiped first (stop the systems before). At least 20 customers, 20
    products and 50 orders, so that every kind of dirt occurs.
    """
    if customers < 20 or products < 20 or orders < 50:  # noqa: PLR2004
        raise ValueError("a demo needs at least 20 customers, 20 products and 50 orders")
    if (folder / "old.db").exists() and not replace:
        raise AlreadyGeneratedError(
            f"'{folder}' already holds a demo pair: stop it and say so, or use another folder"
        )
    _wipe(folder)
    rng = random.Random(seed)
    books = make_books(rng, customers=customers, products=products, orders=orders)
    passwords = _write_secrets(folder / "secrets")
    _fill_old(old.connect(default_dsn(folder, "old")), books, passwords)
    _fill_new(new.connect(default_dsn(folder, "new")), passwords)
    old_files.write(folder / "files", books.cust, books.arinv, AS_OF)
    return {table.name: len(_rows(books, table)) for table in _business_tables()}


def make_books(rng: random.Random, *, customers: int, products: int, orders: int) -> Books:
    """Make all business rows of the old system; pure but for `rng`."""
    books = Books()
    books.cust = dirt.customers(rng, customers, _FIRST_DAY)
    books.item = dirt.items(rng, products)
    usable = [row for row in books.item if row["stat"] == "A"]
    prices = _prices(rng, books)
    payers = [row for row in books.cust if dirt.may_order(row)]
    for number in range(1, orders + 1):
        _order(rng, books, number, rng.choice(payers), usable, prices)
    dirt.spoil_drafts(rng, books.ordh, books.ordl)
    _stock(rng, books)
    books.glacc = [
        dict(zip(("acno", "acnm", "acn2", "actp"), row, strict=True)) for row in words.OLD_ACCOUNTS
    ]
    _postings(books)
    return books


def _prices(rng: random.Random, books: Books) -> dict[tuple[str, str, bool], int]:
    """Price every item in each currency; give cents by item, currency and `new period?`."""
    found: dict[tuple[str, str, bool], int] = {}
    for row in books.item:
        base = int(10 ** rng.uniform(2.7, 5.7))
        changed = rng.random() < 0.1  # noqa: PLR2004
        for currency, rate in _RATES.items():
            now = max(1, round(base * rate))
            before = max(1, round(now * 0.95)) if changed else now
            found[row["itno"], currency, True] = now
            found[row["itno"], currency, False] = before
            since = _NEW_PRICES if changed else date(2024, 1, 1)
            books.prc.append(_price(row["itno"], currency, since, _OPEN_END, now))
            if changed:
                until = _day(_NEW_PRICES - timedelta(days=1))
                books.prc.append(_price(row["itno"], currency, date(2024, 1, 1), until, before))
    dirt.spoil_prices(rng, books.prc)
    return found


def _price(item: str, currency: str, since: date, until: str, cents: int) -> Row:
    return {"itno": item, "curr": currency, "dtfr": _day(since), "dtto": until, "pric": cents}


def _order(
    rng: random.Random,
    books: Books,
    number: int,
    customer: Row,
    items: list[Row],
    prices: Mapping[tuple[str, str, bool], int],
) -> None:
    ordered = _FIRST_DAY + timedelta(days=int((rng.random() ** 0.8) * 540))
    recent = (AS_OF - ordered).days <= _RECENT_DAYS
    letter = rng.choices(_LETTERS, _RECENT_WEIGHTS if recent else _OLD_WEIGHTS)[0]
    header: Row = {
        "orno": f"{number:08d}",
        "cuno": customer["cuno"],
        "ordt": _day(ordered),
        "dldt": _day(ordered + timedelta(days=rng.randint(3, 30))),
        "curr": customer["curr"] or "CNY",
        "tamt": 0,
        "stat": letter,
        "usrc": rng.choice(words.CLERKS),
        "usra": None if letter in "DW" else rng.choice(words.APPROVERS),
        "apdt": None if letter in "DW" else _day(ordered + timedelta(days=1)),
        "note": rng.choice(words.NOTES) if rng.random() < 0.08 else None,  # noqa: PLR2004
    }
    currency = old.currency(customer["curr"])
    for line, row in enumerate(rng.sample(items, rng.choice((1, 1, 2, 2, 3, 4))), start=1):
        quantity = 1 + int(rng.expovariate(0.15))
        price = prices[row["itno"], currency, ordered >= _NEW_PRICES]
        entry = {"orno": header["orno"], "lino": line, "itno": row["itno"], "qty": quantity}
        books.ordl.append(entry | {"pric": price, "lamt": quantity * price})
        header["tamt"] += quantity * price
    dirt.spoil_header(rng, header)
    books.ordh.append(header)
    if letter in "IP":
        _invoice(rng, books, header, ordered)


def _invoice(rng: random.Random, books: Books, header: Row, ordered: date) -> None:
    issued = min(AS_OF, ordered + timedelta(days=rng.randint(3, 12)))
    total = header["tamt"]
    row: Row = {
        "inno": f"{len(books.arinv) + 1:08d}",
        "orno": header["orno"],
        "cuno": header["cuno"],
        "indt": _day(issued),
        "dudt": _day(issued + timedelta(days=30)),
        "curr": header["curr"],
        "iamt": total,
        "pamt": 0,
        "stat": "P" if header["stat"] == "P" else "O",
    }
    parts: tuple[int, ...] = ()
    if header["stat"] == "P":
        first = total // 3 if rng.random() < 0.1 and total >= 3 else total  # noqa: PLR2004
        parts = (first, total - first) if first < total else (total,)
    elif rng.random() < 0.15 and total >= 2:  # noqa: PLR2004
        parts = (total // 2,)
    books.arinv.append(row)
    for part in parts:
        _payment(rng, books, row, issued, part)


def _payment(rng: random.Random, books: Books, invoice: Row, issued: date, cents: int) -> None:
    number = f"{len(books.arpay) + 1:08d}"
    paid = min(AS_OF, issued + timedelta(days=rng.randint(1, 45)))
    books.arpay.append(
        {
            "pyno": number,
            "inno": invoice["inno"],
            "pydt": _day(paid),
            "curr": invoice["curr"],
            "pamt": cents,
            "refn": rng.choice((f"TT{number}", f"电汇 {number}", f" tt-{number} ", None)),
        }
    )
    invoice["pamt"] += cents


def _stock(rng: random.Random, books: Books) -> None:
    approved = {row["orno"] for row in books.ordh if row["stat"] == "A"}
    allocated: dict[str, int] = {}
    for line in books.ordl:
        if line["orno"] in approved:
            allocated[line["itno"]] = allocated.get(line["itno"], 0) + line["qty"]
    for row in books.item:
        taken = allocated.get(row["itno"], 0)
        books.stok.append(
            {
                "itno": row["itno"],
                "whse": rng.choice(("W1", "W1", "W1", "W2", "w1", "W2 ")),
                "qtoh": taken + rng.randint(50, 5000),
                "qtal": taken,
            }
        )


def _postings(books: Books) -> None:
    """Post the opening, every invoice and every payment; each voucher balances."""
    for currency, cents in (("CNY", 500_000_000_00), ("USD", 2_000_000_00), ("EUR", 900_000_00)):
        lines = [("1002", cents), ("1405", cents // 4), ("2202", -cents // 8)]
        lines.append(("4001", -sum(amount for _, amount in lines)))
        _voucher(books, _day(_FIRST_DAY), currency, None, "期初余额 Opening", lines)
    for row in books.arinv:
        currency = old.currency(row["curr"])
        net, vat = old.net_and_vat(row["iamt"])
        revenue = "6001" if currency == "CNY" else "6002"
        lines = [("1122", row["iamt"]), (revenue, -net), ("2221", -vat)]
        _voucher(books, row["indt"], currency, f"IN{row['inno']}", "销售发票 Invoice", lines)
    for row in books.arpay:
        lines = [("1002", row["pamt"]), ("1122", -row["pamt"])]
        reference = f"PY{row['pyno']}"
        _voucher(books, row["pydt"], old.currency(row["curr"]), reference, "收款 Payment", lines)


def _voucher(
    books: Books,
    day: str,
    currency: str,
    reference: str | None,
    text: str,
    lines: list[tuple[str, int]],
) -> None:
    number = f"{int(books.gltrn[-1]['tjno']) + 1 if books.gltrn else 1:08d}"
    for line, (account, amount) in enumerate((pair for pair in lines if pair[1]), start=1):
        books.gltrn.append(
            {
                "tjno": number,
                "tlno": line,
                "tjdt": day,
                "acno": account,
                "curr": currency,
                "dbcr": "D" if amount > 0 else "C",
                "amnt": abs(amount),
                "refn": reference,
                "text": text,
            }
        )


def _business_tables() -> list[Table]:
    outside = (old.usr, old.sysctl)
    return [table for table in old.metadata.sorted_tables if table not in outside]


def _rows(books: Books, table: Table) -> list[Row]:
    rows: list[Row] = getattr(books, table.name)
    return rows


def _fill_old(engine: Engine, books: Books, passwords: Mapping[str, str]) -> None:
    old.create(engine)
    with old.writing(engine).begin() as db:
        for table in _business_tables():
            db.execute(insert(table), _rows(books, table))
        for name, letter, _, full in words.USERS:
            stored = hash_password(passwords[name], secrets.token_bytes(16))
            user = {"usid": name, "pwhs": stored, "role": letter, "unam": full, "stat": "A"}
            db.execute(insert(old.usr), [user])
    engine.dispose()


def _fill_new(engine: Engine, passwords: Mapping[str, str]) -> None:
    new.create(engine)
    with new.writing(engine).begin() as db:
        for name, _, role, full in words.USERS:
            stored = hash_password(passwords[name], secrets.token_bytes(16))
            user = {"username": name, "password_hash": stored, "role": role, "full_name": full}
            db.execute(insert(new.app_user), [user | {"active": 1}])
    engine.dispose()


def _write_secrets(folder: Path) -> dict[str, str]:
    folder.mkdir(mode=0o700, parents=True)
    passwords = {}
    for name, *_ in words.USERS:
        passwords[name] = secrets.token_urlsafe(15)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        descriptor = os.open(folder / f"{name}_password", flags, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(passwords[name])
    return passwords


def _wipe(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("files", "work", "snapshots", "secrets"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for pattern in ("old.db*", "new.db*", "effects.jsonl"):
        for path in folder.glob(pattern):
            path.unlink()


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")
