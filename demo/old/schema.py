"""The tables of the old system: terse names, integer cents, YYYYMMDD text, one-letter codes.

There are no foreign keys and no checks, as in its day: an order may name a customer that does not
exist (use outer joins). Codes are stored as they were typed (`C00012`, `c00012`, `C00012  `);
an order, invoice or payment names its customer and item exactly as that record is stored.

Letters: cust.stat A active, B blocked, D closed · item.stat A active, O obsolete ·
ordh.stat D draft, W awaiting approval, A approved, R rejected, S shipped, I invoiced, P paid ·
arinv.stat O open, P paid · gltrn.dbcr D debit, C credit · glacc.actp A asset, L liability,
E equity, R revenue, X expense · usr.role C clerk, A approver, F finance, X admin.

A new number is the highest plus one (`orno` and the others are zero-padded text).
Postings: an invoice debits 1122 with the amount and credits 6001 (CNY) or 6002 (else) with the
net and 2221 with 13 % VAT contained in it; a payment debits 1002 and credits 1122.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, insert

from demo.database import connect, writing

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["FROZEN_KEY", "connect", "create", "currency", "metadata", "net_and_vat", "writing"]

metadata = MetaData()

#: sysctl key of the freeze: `N` (working) or `Y` (frozen, every business write refused).
FROZEN_KEY = "FRZN"

cust = Table(  # customers
    "cust",
    metadata,
    Column("cuno", String(12), primary_key=True),  # code, as typed
    Column("cnm1", String(80)),  # name, mostly Chinese; may be missing
    Column("cnm2", String(80)),  # English name
    Column("adr1", String(120)),
    Column("city", String(40)),
    Column("ctry", String(10)),  # CN, cn, CHN, 中国, blank ...
    Column("curr", String(10)),  # CNY, RMB, cny ...: see `currency`
    Column("taxn", String(30)),  # tax number, may be missing
    Column("crlm", BigInteger, nullable=False, default=0),  # credit limit, cents
    Column("tel", String(30)),
    Column("mail", String(80)),
    Column("stat", String(1), nullable=False),
    Column("crdt", String(8)),
    Column("note", Text),
)

item = Table(  # products
    "item",
    metadata,
    Column("itno", String(12), primary_key=True),
    Column("itnm", String(80)),
    Column("itn2", String(80)),  # English name
    Column("unit", String(6)),  # EA, ea, PCS, 个 ...
    Column("igrp", String(6)),
    Column("stat", String(1), nullable=False),
    Column("note", Text),
)

prc = Table(  # prices
    "prc",
    metadata,
    Column("itno", String(12), primary_key=True),
    Column("curr", String(10), primary_key=True),
    Column("dtfr", String(8), primary_key=True),
    Column("dtto", String(8), nullable=False),  # 99991231 = no end
    Column("pric", BigInteger, nullable=False),  # cents
)

stok = Table(  # stock, one row per item
    "stok",
    metadata,
    Column("itno", String(12), primary_key=True),
    Column("whse", String(4), nullable=False),
    Column("qtoh", Integer, nullable=False),  # on hand
    Column("qtal", Integer, nullable=False),  # of which allocated to approved orders
)

ordh = Table(  # sales order headers
    "ordh",
    metadata,
    Column("orno", String(8), primary_key=True),  # 00000123
    Column("cuno", String(12), nullable=False),
    Column("ordt", String(8), nullable=False),
    Column("dldt", String(8), nullable=False),  # delivery date, 00000000 = none
    Column("curr", String(10), nullable=False),
    Column("tamt", BigInteger, nullable=False),  # total, cents, tax included
    Column("stat", String(1), nullable=False),
    Column("usrc", String(20), nullable=False),  # entered by
    Column("usra", String(20)),  # approved or rejected by
    Column("apdt", String(8)),
    Column("note", Text),
    Index("ordh_cuno", "cuno"),
)

ordl = Table(  # sales order lines
    "ordl",
    metadata,
    Column("orno", String(8), primary_key=True),
    Column("lino", Integer, primary_key=True),
    Column("itno", String(12), nullable=False),
    Column("qty", Integer, nullable=False),
    Column("pric", BigInteger, nullable=False),  # cents per unit
    Column("lamt", BigInteger, nullable=False),  # cents
)

arinv = Table(  # invoices
    "arinv",
    metadata,
    Column("inno", String(8), primary_key=True),
    Column("orno", String(8), nullable=False),
    Column("cuno", String(12), nullable=False),
    Column("indt", String(8), nullable=False),
    Column("dudt", String(8), nullable=False),  # due
    Column("curr", String(10), nullable=False),
    Column("iamt", BigInteger, nullable=False),  # cents
    Column("pamt", BigInteger, nullable=False),  # paid so far, cents
    Column("stat", String(1), nullable=False),
    Index("arinv_orno", "orno"),
)

arpay = Table(  # payments
    "arpay",
    metadata,
    Column("pyno", String(8), primary_key=True),
    Column("inno", String(8), nullable=False),
    Column("pydt", String(8), nullable=False),
    Column("curr", String(10), nullable=False),
    Column("pamt", BigInteger, nullable=False),  # cents
    Column("refn", String(40)),
    Index("arpay_inno", "inno"),
)

glacc = Table(  # general ledger accounts
    "glacc",
    metadata,
    Column("acno", String(6), primary_key=True),
    Column("acnm", String(40), nullable=False),
    Column("acn2", String(40), nullable=False),  # English name
    Column("actp", String(1), nullable=False),
)

gltrn = Table(  # general ledger journal, one row per posting line
    "gltrn",
    metadata,
    Column("tjno", String(8), primary_key=True),  # voucher
    Column("tlno", Integer, primary_key=True),
    Column("tjdt", String(8), nullable=False),
    Column("acno", String(6), nullable=False),
    Column("curr", String(3), nullable=False),  # clean: CNY, USD, EUR; a voucher has one
    Column("dbcr", String(1), nullable=False),
    Column("amnt", BigInteger, nullable=False),  # cents
    Column("refn", String(20)),  # IN00000012 or PY00000034
    Column("text", String(80)),
    Index("gltrn_acno", "acno"),
)

usr = Table(  # users
    "usr",
    metadata,
    Column("usid", String(20), primary_key=True),
    Column("pwhs", String(200), nullable=False),  # demo.passwords
    Column("role", String(1), nullable=False),
    Column("unam", String(40), nullable=False),
    Column("stat", String(1), nullable=False),  # A active, D disabled
)

sysctl = Table(  # system settings
    "sysctl",
    metadata,
    Column("skey", String(8), primary_key=True),
    Column("sval", String(80), nullable=False),
)

_ALIASES = {"RMB": "CNY", "人民币": "CNY", "US$": "USD"}
_VAT_PERCENT = 13


def create(engine: Engine) -> None:
    """Create the tables and the settings in an empty database (working, not frozen)."""
    metadata.create_all(engine)
    with writing(engine).begin() as db:
        db.execute(insert(sysctl), [{"skey": FROZEN_KEY, "sval": "N"}])


def currency(stored: str | None) -> str:
    """Give the three-letter currency behind a stored one: `RMB`, `cny ` and blank are `CNY`."""
    plain = (stored or "").strip().upper()
    return _ALIASES.get(plain, plain) or "CNY"


def net_and_vat(gross: int) -> tuple[int, int]:
    """Split tax-included cents into net and VAT, half a cent rounded up."""
    divisor = 100 + _VAT_PERCENT
    net = (gross * 100 * 2 + divisor) // (2 * divisor)
    return net, gross - net
