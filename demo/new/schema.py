"""The tables of the new system: normalised, constrained, ISO dates, money as exact decimals.

Statuses are words, numbers are readable (`SO-000123`, `INV-000123`, `PAY-000123`, `JE-000123`;
the next is the highest plus one), `legacy_code` is the key a migrated record had in the old
system. Countries, currencies, accounts and users are configuration (`create` and the generator
write them); everything else is empty until the migration loads it.

Postings: an invoice debits 1122 with the total and credits 6001 with the net and 2221 with the
13 % VAT contained in it; a payment debits 1002 and credits 1122. One entry has one currency.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    insert,
)

from demo.database import connect, writing

if TYPE_CHECKING:
    from sqlalchemy import Dialect, Engine
    from sqlalchemy.types import TypeEngine

__all__ = ["ORDER_STATUSES", "Money", "connect", "create", "metadata", "net_and_vat", "writing"]

CENT = Decimal("0.01")


class Money(TypeDecorator[Decimal]):
    """An exact amount with two decimals: NUMERIC(18,2), on SQLite the text `1234.50`.

    A float is refused, and so is an amount finer than a cent. SQL SUM() on SQLite would turn
    the text into floats: add up in Python, or in cents with CAST(REPLACE(x,'.','') AS INTEGER).
    """

    impl = Numeric(18, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, which has no exact decimals."""
        kind: TypeEngine[Any] = String(21) if dialect.name == "sqlite" else Numeric(18, 2)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Check an amount on its way in; ValueError when it is not exact."""
        if value is None:
            return None
        exact = exact_amount(value)
        return str(exact) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Give the amount as a Decimal with two decimals."""
        del dialect
        return None if value is None else Decimal(value).quantize(CENT)


def exact_amount(value: Decimal | int) -> Decimal:
    """`value` with exactly two decimals; ValueError for a float or a part of a cent."""
    if not isinstance(value, Decimal | int):
        raise ValueError(f"an amount is an exact decimal, not {value!r}")  # noqa: TRY004
    exact = Decimal(value).quantize(CENT)
    if exact != value:
        raise ValueError(f"amount {value} is finer than a cent")
    return abs(exact) if exact == 0 else exact


ORDER_STATUSES = (
    "draft",
    "awaiting_approval",
    "approved",
    "rejected",
    "shipped",
    "invoiced",
    "paid",
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
    }
)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _filled(column: str) -> CheckConstraint:
    return CheckConstraint(f"trim({column}) <> ''", name=f"{column}_filled")


def _not_negative(column: str) -> CheckConstraint:
    return CheckConstraint(f"CAST({column} AS NUMERIC) >= 0", name=f"{column}_not_negative")


country = Table(
    "country",
    metadata,
    Column("code", String(2), primary_key=True),  # ISO 3166-1
    Column("name_zh", String(40), nullable=False),
    Column("name_en", String(40), nullable=False),
)

currency = Table(
    "currency",
    metadata,
    Column("code", String(3), primary_key=True),  # ISO 4217
    Column("name_zh", String(40), nullable=False),
    Column("name_en", String(40), nullable=False),
)

customer = Table(
    "customer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(12), nullable=False, unique=True),  # C00012
    Column("legacy_code", String(12), unique=True),
    Column("name", String(80), nullable=False),
    Column("name_en", String(80)),
    Column("address", String(120), nullable=False),
    Column("city", String(40), nullable=False),
    Column("country_code", ForeignKey("country.code"), nullable=False),
    Column("currency_code", ForeignKey("currency.code"), nullable=False),
    Column("tax_number", String(30), unique=True),
    Column("credit_limit", Money, nullable=False),
    Column("phone", String(30)),
    Column("email", String(80)),
    Column("status", String(10), nullable=False),
    Column("created_on", Date, nullable=False),
    Column("note", Text),
    _filled("code"),
    _filled("name"),
    _not_negative("credit_limit"),
    _one_of("status", ("active", "blocked", "closed")),
)

product = Table(
    "product",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(12), nullable=False, unique=True),  # P00012
    Column("legacy_code", String(12), unique=True),
    Column("name", String(80), nullable=False),
    Column("name_en", String(80)),
    Column("unit", String(4), nullable=False),
    Column("product_group", String(6), nullable=False),
    Column("status", String(10), nullable=False),
    Column("note", Text),
    _filled("code"),
    _filled("name"),
    _one_of("unit", ("EA", "BOX", "KG", "M", "SET")),
    _one_of("status", ("active", "obsolete")),
)

price = Table(
    "price",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("product_id", ForeignKey("product.id"), nullable=False),
    Column("currency_code", ForeignKey("currency.code"), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),  # None: no end
    Column("amount", Money, nullable=False),
    UniqueConstraint("product_id", "currency_code", "valid_from"),
    CheckConstraint("CAST(amount AS NUMERIC) > 0", name="amount_positive"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
)

stock = Table(
    "stock",
    metadata,
    Column("product_id", ForeignKey("product.id"), primary_key=True),
    Column("warehouse", String(4), nullable=False),
    Column("on_hand", Integer, nullable=False),
    Column("allocated", Integer, nullable=False),  # to approved orders not yet shipped
    _one_of("warehouse", ("W1", "W2")),
    CheckConstraint("allocated >= 0 AND on_hand >= allocated", name="plausible"),
)

sales_order = Table(
    "sales_order",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(12), nullable=False, unique=True),  # SO-000123
    Column("legacy_code", String(8), unique=True),
    Column("customer_id", ForeignKey("customer.id"), nullable=False, index=True),
    Column("order_date", Date, nullable=False),
    Column("delivery_date", Date, nullable=False),
    Column("currency_code", ForeignKey("currency.code"), nullable=False),
    Column("total", Money, nullable=False),  # tax included
    Column("status", String(20), nullable=False),
    Column("created_by", String(20), nullable=False),
    Column("decided_by", String(20)),  # approved or rejected by
    Column("decided_on", Date),
    Column("note", Text),
    _one_of("status", ORDER_STATUSES),
    _not_negative("total"),
    CheckConstraint("number LIKE 'SO-%'", name="number_form"),
    CheckConstraint("delivery_date >= order_date", name="delivery_after_order"),
    CheckConstraint(
        "status IN ('draft', 'awaiting_approval') OR decided_by IS NOT NULL", name="decided"
    ),
)

sales_order_line = Table(
    "sales_order_line",
    metadata,
    Column("order_id", ForeignKey("sales_order.id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("product_id", ForeignKey("product.id"), nullable=False, index=True),
    Column("quantity", Integer, nullable=False),
    Column("unit_price", Money, nullable=False),
    Column("line_total", Money, nullable=False),
    CheckConstraint("quantity > 0", name="quantity_positive"),
    _not_negative("unit_price"),
)

invoice = Table(
    "invoice",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(12), nullable=False, unique=True),  # INV-000123
    Column("legacy_code", String(8), unique=True),
    Column("order_id", ForeignKey("sales_order.id"), nullable=False, unique=True),
    Column("customer_id", ForeignKey("customer.id"), nullable=False, index=True),
    Column("invoice_date", Date, nullable=False),
    Column("due_date", Date, nullable=False),
    Column("currency_code", ForeignKey("currency.code"), nullable=False),
    Column("total", Money, nullable=False),
    Column("paid", Money, nullable=False),  # open amount = total - paid
    Column("status", String(10), nullable=False),
    _one_of("status", ("open", "paid")),
    CheckConstraint("CAST(total AS NUMERIC) > 0", name="total_positive"),
    _not_negative("paid"),
    CheckConstraint("CAST(paid AS NUMERIC) <= CAST(total AS NUMERIC)", name="not_overpaid"),
    CheckConstraint("due_date >= invoice_date", name="due_after_invoice"),
)

payment = Table(
    "payment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(12), nullable=False, unique=True),  # PAY-000123
    Column("legacy_code", String(8), unique=True),
    Column("invoice_id", ForeignKey("invoice.id"), nullable=False, index=True),
    Column("payment_date", Date, nullable=False),
    Column("currency_code", ForeignKey("currency.code"), nullable=False),
    Column("amount", Money, nullable=False),
    Column("reference", String(40)),
    CheckConstraint("CAST(amount AS NUMERIC) > 0", name="amount_positive"),
)

account = Table(
    "account",
    metadata,
    Column("code", String(6), primary_key=True),
    Column("name_zh", String(40), nullable=False),
    Column("name_en", String(40), nullable=False),
    Column("kind", String(10), nullable=False),
    _one_of("kind", ("asset", "liability", "equity", "revenue", "expense")),
)

journal_entry = Table(
    "journal_entry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", String(12), nullable=False, unique=True),  # JE-000123
    Column("entry_date", Date, nullable=False),
    Column("currency_code", ForeignKey("currency.code"), nullable=False),
    Column("origin", String(10), nullable=False),
    Column("reference", String(20)),  # INV-000123, PAY-000123; none for an opening
    Column("description", String(80), nullable=False),
    _one_of("origin", ("opening", "invoice", "payment", "manual")),
)

journal_line = Table(
    "journal_line",
    metadata,
    Column("entry_id", ForeignKey("journal_entry.id"), primary_key=True),
    Column("line_no", Integer, primary_key=True),
    Column("account_code", ForeignKey("account.code"), nullable=False, index=True),
    Column("debit", Money, nullable=False),
    Column("credit", Money, nullable=False),
    _not_negative("debit"),
    _not_negative("credit"),
    CheckConstraint("CAST(debit AS NUMERIC) = 0 OR CAST(credit AS NUMERIC) = 0", name="one_side"),
)

app_user = Table(
    "app_user",
    metadata,
    Column("username", String(20), primary_key=True),
    Column("password_hash", String(200), nullable=False),  # demo.passwords
    Column("role", String(10), nullable=False),
    Column("full_name", String(40), nullable=False),
    Column("active", Integer, nullable=False),
    _one_of("role", ("clerk", "approver", "finance", "admin")),
)

setting = Table(
    "setting",
    metadata,
    Column("name", String(20), primary_key=True),  # `open`: yes or no
    Column("value", String(80), nullable=False),
)

migration_batch = Table(  # which attempt loaded what: the guard against loading twice
    "migration_batch",
    metadata,
    Column("name", String(20), primary_key=True),  # master, orders, ledger
    Column("attempt", String(120), nullable=False),
    Column("rows", Integer, nullable=False),
)

Index("journal_entry_reference", journal_entry.c.reference)

_COUNTRIES = (
    ("CN", "中国", "China"),
    ("HK", "中国香港", "Hong Kong"),
    ("TW", "中国台湾", "Taiwan"),
    ("US", "美国", "United States"),
    ("DE", "德国", "Germany"),
    ("JP", "日本", "Japan"),
    ("SG", "新加坡", "Singapore"),
    ("FR", "法国", "France"),
)
_CURRENCIES = (("CNY", "人民币", "Renminbi"), ("USD", "美元", "US dollar"), ("EUR", "欧元", "Euro"))
_ACCOUNTS = (
    ("1001", "库存现金", "Cash on hand", "asset"),
    ("1002", "银行存款", "Bank", "asset"),
    ("1122", "应收账款", "Accounts receivable", "asset"),
    ("1405", "库存商品", "Finished goods", "asset"),
    ("2202", "应付账款", "Accounts payable", "liability"),
    ("2221", "应交税费", "Taxes payable", "liability"),
    ("4001", "实收资本", "Paid-in capital", "equity"),
    ("6001", "主营业务收入", "Sales revenue", "revenue"),
)
_VAT_RATE = Decimal("1.13")


def create(engine: Engine) -> None:
    """Create the tables and their configuration in an empty database (closed, no users)."""
    metadata.create_all(engine)
    with writing(engine).begin() as db:
        for table, rows in (
            (country, _COUNTRIES),
            (currency, _CURRENCIES),
            (account, _ACCOUNTS),
            (setting, (("open", "no"),)),
        ):
            names = [column.name for column in table.columns]
            db.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])


def net_and_vat(gross: Decimal) -> tuple[Decimal, Decimal]:
    """Split a tax-included amount into net and VAT, half a cent rounded up."""
    net = (gross / _VAT_RATE).quantize(CENT, rounding=ROUND_HALF_UP)
    return net, gross - net
