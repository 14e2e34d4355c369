"""Reads what users type: codes, whole numbers, dates, amounts; full-width forms are understood."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

__all__ = ["amount", "code", "iso_date", "money", "plain", "whole_number"]

_WHOLE = re.compile(r"[0-9]{1,9}")
_AMOUNT = re.compile(r"(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,2})?")
_DATE = re.compile(r"([0-9]{4})([-/.]?)([0-9]{2})\2([0-9]{2})")


def plain(text: str) -> str:
    """Return a text with full-width letters and digits made plain, and no blanks around it."""
    return unicodedata.normalize("NFKC", text).strip()


def code(text: str) -> str:
    """Return a customer's or product's code as it is meant: `ｃ00012 ` is C00012."""
    return plain(text).upper()


def whole_number(text: str) -> int | None:
    """Return a positive whole number of at most nine digits, or None when it is none."""
    found = _WHOLE.fullmatch(plain(text))
    return int(found[0]) or None if found else None


def iso_date(text: str) -> date | None:
    """Return the date behind 2026-12-31, 2026/12/31, 2026.12.31 or 20261231, or None."""
    found = _DATE.fullmatch(plain(text))
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None


def amount(text: str) -> Decimal | None:
    """Return a positive amount with at most two decimals, or None: `1,234.5` is 1234.50."""
    found = _AMOUNT.fullmatch(plain(text))
    if not found:
        return None
    return Decimal(found[0].replace(",", "")).quantize(Decimal("0.01")) or None


def money(value: Decimal, currency: str = "") -> str:
    """Return an amount as users read it: `1,234.50`, with its currency `1,234.50 CNY`."""
    return f"{value:,.2f} {currency}".rstrip()
