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
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, inspect, select

from demo import dirt, old_files
from demo import vocabulary as words
from demo.books import Books, Row
from demo.database import connect
from demo.days import DAY_FILE
from demo.new import schema as new
from demo.old import schema as old
from demo.passwords import hash_password
from demo.site import DemoError, database_of, read_site
from demo.web.version import PATCHES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Engine, Table

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


class AlreadyGeneratedError(DemoError):
    """The folder already holds a demo pair; generating again would wipe it."""


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

    The databases are SQLite files in the folder, or what DEMO_OLD_DATABASE and DEMO_NEW_DATABASE
    name. Orders are written as they are made, so a million of them need no more memory than a few.
    Raises AlreadyGeneratedError when a pair is there, unless `replace`; then everything of the
    pair in the folder is wiped first (stop the systems before). At least 20 customers, 20
    products and 50 orders, so that every kind of dirt occurs.
    """
    if customers < 20 or products < 20 or orders < 50:  # noqa: PLR2004
        raise ValueError("a demo needs at least 20 customers, 20 products and 50 orders")
    with _engines(folder) as engines:
        if not replace and any(_holds_a_pair(folder, *pair) for pair in engines.items()):
            raise AlreadyGeneratedError(
                f"'{folder}' already holds a demo pair: stop it and say so, or use another folder"
            )
        _wipe(folder, engines)
        sizes = {"customers": customers, "products": products, "orders": orders}
        passwords = _write_secrets(folder / "secrets")
        old.create(engines["old"])
        with old.writing(engines["old"]).begin() as db:
            books = make_books(random.Random(seed), Books(db), **sizes)
            _old_users(db, passwords)
        _fill_new(engines["new"], passwords)
        old_files.write(folder / "files", books.customers, books.dues, AS_OF)
        return {table.name: books.counts[table.name] for table in _business_tables()}


@contextmanager
def _engines(folder: Path) -> Iterator[dict[str, Engine]]:
    engines = {system: connect(database_of(folder, system)) for system in ("old", "new")}
    try:
        yield engines
    finally:
        for engine in engines.values():
            engine.dispose()


def reset_new(folder: Path) -> int:
    """Empty the new system as it was before any migration; give how many rows were removed.

    The migration's working files go too; users, countries, currencies, accounts and settings
    stay. Raise DemoError once it is open.
    """
    site = read_site(folder)
    engine = connect(site.databases["new"] if site else database_of(folder, "new"))
    stay = (new.country, new.currency, new.account, new.app_user, new.setting)
    removed = 0
    with new.writing(engine).begin() as db:
        value = select(new.setting.c.value).where(new.setting.c.name == "open")
        if db.scalar(value) == "yes":
            raise DemoError("the new system is open, its rows may be users' work: close it first")
        for table in reversed(new.metadata.sorted_tables):
            if table not in stay:
                removed += db.execute(delete(table)).rowcount
    shutil.rmtree(folder / "migration", ignore_errors=True)
    engine.dispose()
    return removed


def make_books(
    rng: random.Random, books: Books, *, customers: int, products: int, orders: int
) -> Books:
    """Make all business rows of the old system; the same `rng` gives the same rows."""
    books.customers = dirt.customers(rng, customers, _FIRST_DAY)
    books.add(old.cust, *books.customers)
    items = dirt.items(rng, products)
    books.add(old.item, *items)
    prices = _prices(rng, books, items)
    accounts = (
        zip(("acno", "acnm", "acn2", "actp"), row, strict=True) for row in words.OLD_ACCOUNTS
    )
    books.add(old.glacc, *map(dict, accounts))
    _opening(books)
    usable = [row for row in items if row["stat"] == "A"]
    payers = [row for row in books.customers if dirt.may_order(row)]
    drafts: list[tuple[Row, list[Row]]] = []
    for number in range(1, orders + 1):
        header, lines = _order(rng, number, rng.choice(payers), usable, prices)
        if header["stat"] == "D":
            drafts.append((header, lines))
            continue
        _keep_order(books, header, lines)
        if header["stat"] in "IP":
            _invoice(rng, books, header)
    dirt.spoil_drafts(
        rng, [header for header, _ in drafts], [row for _, own in drafts for row in own]
    )
    for header, lines in drafts:
        _keep_order(books, header, lines)
    _stock(rng, books, items)
    books.flush()
    return books


def _prices(rng: random.Random, books: Books, items: list[Row]) -> dict[tuple[str, str, bool], int]:
    """Price every item in each currency; give cents by item, currency and `new period?`."""
    found: dict[tuple[str, str, bool], int] = {}
    rows: list[Row] = []
    for row in items:
        base = int(10 ** rng.uniform(2.7, 5.7))
        changed = rng.random() < 0.1  # noqa: PLR2004
        for currency, rate in _RATES.items():
            now = max(1, round(base * rate))
            before = max(1, round(now * 0.95)) if changed else now
            found[row["itno"], currency, True] = now
            found[row["itno"], currency, False] = before
            since = _NEW_PRICES if changed else date(2024, 1, 1)
            rows.append(_price(row["itno"], currency, since, _OPEN_END, now))
            if changed:
                until = _day(_NEW_PRICES - timedelta(days=1))
                rows.append(_price(row["itno"], currency, date(2024, 1, 1), until, before))
    dirt.spoil_prices(rng, rows)
    books.add(old.prc, *rows)
    return found


def _price(item: str, currency: str, since: date, until: str, cents: int) -> Row:
    return {"itno": item, "curr": currency, "dtfr": _day(since), "dtto": until, "pric": cents}


def _order(
    rng: random.Random,
    number: int,
    customer: Row,
    items: list[Row],
    prices: Mapping[tuple[str, str, bool], int],
) -> tuple[Row, list[Row]]:
    """Make one order and its lines."""
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
    lines = []
    for line, row in enumerate(rng.sample(items, rng.choice((1, 1, 2, 2, 3, 4))), start=1):
        quantity = 1 + int(rng.expovariate(0.15))
        price = prices[row["itno"], currency, ordered >= _NEW_PRICES]
        entry = {"orno": header["orno"], "lino": line, "itno": row["itno"], "qty": quantity}
        lines.append(entry | {"pric": price, "lamt": quantity * price})
        header["tamt"] += quantity * price
    dirt.spoil_header(rng, header)
    return header, lines


def _keep_order(books: Books, header: Row, lines: list[Row]) -> None:
    books.add(old.ordh, header)
    books.add(old.ordl, *lines)
    if header["stat"] == "A":
        books.allocated.update({line["itno"]: line["qty"] for line in lines})


def _invoice(rng: random.Random, books: Books, header: Row) -> None:
    ordered = datetime.strptime(header["ordt"], "%Y%m%d").date()  # noqa: DTZ007 - a day, no instant
    issued = min(AS_OF, ordered + timedelta(days=rng.randint(3, 12)))
    total = header["tamt"]
    row: Row = {
        "inno": f"{books.counts['arinv'] + 1:08d}",
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
    payments = [_payment(rng, books, row, issued, part) for part in parts]
    row["pamt"] = sum(parts)
    books.add(old.arinv, row)
    if row["stat"] == "O":
        books.dues.append((row["inno"], row["cuno"], row["dudt"], row["iamt"] - row["pamt"]))
    _post_invoice(books, row)
    for payment in payments:
        _post_payment(books, payment)


def _payment(rng: random.Random, books: Books, invoice: Row, issued: date, cents: int) -> Row:
    number = f"{books.counts['arpay'] + 1:08d}"
    paid = min(AS_OF, issued + timedelta(days=rng.randint(1, 45)))
    payment = {
        "pyno": number,
        "inno": invoice["inno"],
        "pydt": _day(paid),
        "curr": invoice["curr"],
        "pamt": cents,
        "refn": rng.choice((f"TT{number}", f"电汇 {number}", f" tt-{number} ", None)),
    }
    books.add(old.arpay, payment)
    return payment


def _stock(rng: random.Random, books: Books, items: list[Row]) -> None:
    for row in items:
        taken = books.allocated[row["itno"]]
        stock: Row = {
            "itno": row["itno"],
            "whse": rng.choice(("W1", "W1", "W1", "W2", "w1", "W2 ")),
            "qtoh": taken + rng.randint(50, 5000),
            "qtal": taken,
        }
        books.add(old.stok, stock)


def _opening(books: Books) -> None:
    for currency, cents in (("CNY", 500_000_000_00), ("USD", 2_000_000_00), ("EUR", 900_000_00)):
        lines = [("1002", cents), ("1405", cents // 4), ("2202", -cents // 8)]
        lines.append(("4001", -sum(amount for _, amount in lines)))
        _voucher(books, _day(_FIRST_DAY), currency, None, "期初余额 Opening", lines)


def _post_invoice(books: Books, row: Row) -> None:
    currency = old.currency(row["curr"])
    net, vat = old.net_and_vat(row["iamt"])
    revenue = "6001" if currency == "CNY" else "6002"
    lines = [("1122", row["iamt"]), (revenue, -net), ("2221", -vat)]
    _voucher(books, row["indt"], currency, f"IN{row['inno']}", "销售发票 Invoice", lines)


def _post_payment(books: Books, row: Row) -> None:
    lines = [("1002", row["pamt"]), ("1122", -row["pamt"])]
    currency = old.currency(row["curr"])
    _voucher(books, row["pydt"], currency, f"PY{row['pyno']}", "收款 Payment", lines)


def _voucher(
    books: Books,
    day: str,
    currency: str,
    reference: str | None,
    text: str,
    lines: list[tuple[str, int]],
) -> None:
    books.vouchers += 1
    for line, (account, amount) in enumerate((pair for pair in lines if pair[1]), start=1):
        books.add(
            old.gltrn,
            {
                "tjno": f"{books.vouchers:08d}",
                "tlno": line,
                "tjdt": day,
                "acno": account,
                "curr": currency,
                "dbcr": "D" if amount > 0 else "C",
                "amnt": abs(amount),
                "refn": reference,
                "text": text,
            },
        )


def _business_tables() -> list[Table]:
    outside = (old.usr, old.sysctl)
    return [table for table in old.metadata.sorted_tables if table not in outside]


def _old_users(db: Connection, passwords: Mapping[str, str]) -> None:
    for name, letter, _, full in words.USERS:
        stored = hash_password(passwords[name], secrets.token_bytes(16))
        user = {"usid": name, "pwhs": stored, "role": letter, "unam": full, "stat": "A"}
        db.execute(insert(old.usr), [user])


def _fill_new(engine: Engine, passwords: Mapping[str, str]) -> None:
    new.create(engine)
    with new.writing(engine).begin() as db:
        for name, _, role, full in words.USERS:
            stored = hash_password(passwords[name], secrets.token_bytes(16))
            user = {"username": name, "password_hash": stored, "role": role, "full_name": full}
            db.execute(insert(new.app_user), [user | {"active": 1}])


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


def _holds_a_pair(folder: Path, system: str, engine: Engine) -> bool:
    if engine.dialect.name == "sqlite":
        return (folder / f"{system}.db").exists()
    return bool(inspect(engine).get_table_names())


def _wipe(folder: Path, engines: Mapping[str, Engine]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config", "exports", "files", "forks", "migration", "snapshots", "secrets"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for pattern in ("old.db*", "new.db*", "effects.jsonl", "fault", PATCHES, DAY_FILE):
        for path in folder.glob(pattern):
            path.unlink()
    for engine, tables in ((engines["old"], old.metadata), (engines["new"], new.metadata)):
        if engine.dialect.name != "sqlite":
            tables.drop_all(engine)


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")
