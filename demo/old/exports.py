"""The old system's end-of-day exports: what was entered on one business day, as CSV in GBK.

Headings are Chinese, dates 20261130, amounts 1234.50, statuses the system's letters. Characters
GBK does not have become `?`, as the old system has always written them.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from demo.old.codes import as_amount, as_day
from demo.old.schema import arinv, currency, gltrn, ordh, ordl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from sqlalchemy import Connection

__all__ = ["write"]

_ORDERS = ("订单号", "参考号", "客户编号", "订单日期", "币种", "金额", "状态", "行数", "数量")
_RECEIVABLES = ("发票号", "参考号", "客户编号", "开票日期", "到期日", "币种", "金额", "未收金额")
_LEDGER = ("科目", "币种", "借方", "贷方")


def write(db: Connection, day: date, folder: Path) -> dict[str, int]:
    """Write orders.csv, receivables.csv and ledger.csv of a day; give the rows of each.

    Rows go to the file as they are read: a day of any size needs no more memory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = (
        ("orders", _ORDERS, _orders(db, day)),
        ("receivables", _RECEIVABLES, _receivables(db, day)),
        ("ledger", _LEDGER, _ledger(db, day)),
    )
    return {name: _csv(folder / f"{name}.csv", header, rows) for name, header, rows in files}


def _orders(db: Connection, day: date) -> Iterator[tuple[Any, ...]]:
    query = (
        select(ordh, func.count().label("lines"), func.sum(ordl.c.qty).label("pieces"))
        .join(ordl, ordl.c.orno == ordh.c.orno)
        .where(ordh.c.ordt == as_day(day))
        .group_by(ordh.c.orno)
        .order_by(ordh.c.orno)
    )
    for row in db.execute(query).mappings().yield_per(1000):
        yield (
            *(row["orno"], row["note"], row["cuno"], row["ordt"], currency(row["curr"])),
            *(as_amount(row["tamt"]), row["stat"], row["lines"], row["pieces"]),
        )


def _receivables(db: Connection, day: date) -> Iterator[tuple[Any, ...]]:
    query = (
        select(arinv, ordh.c.note)
        .join(ordh, ordh.c.orno == arinv.c.orno)
        .where(arinv.c.indt == as_day(day))
        .order_by(arinv.c.inno)
    )
    for row in db.execute(query).mappings().yield_per(1000):
        yield (
            *(row["inno"], row["note"], row["cuno"], row["indt"], row["dudt"]),
            *(currency(row["curr"]), as_amount(row["iamt"]), as_amount(row["iamt"] - row["pamt"])),
        )


def _ledger(db: Connection, day: date) -> Iterator[tuple[Any, ...]]:
    query = (
        select(gltrn.c.acno, gltrn.c.curr, gltrn.c.dbcr, func.sum(gltrn.c.amnt))
        .where(gltrn.c.tjdt == as_day(day))
        .group_by(gltrn.c.acno, gltrn.c.curr, gltrn.c.dbcr)
    )
    sides: dict[tuple[str, str], dict[str, int]] = {}
    for account, unit, side, cents in db.execute(query):
        sides.setdefault((account, unit), {})[side] = int(cents)
    for (account, unit), both in sorted(sides.items()):
        yield account, unit, as_amount(both.get("D")), as_amount(both.get("C"))


def _csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> int:
    count = 0
    with path.open("w", encoding="gbk", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        for count, row in enumerate(rows, start=1):  # noqa: B007 - the last number is the count
            writer.writerow(row)
    return count
