"""Amounts with every digit: Python's own decimals are rounded at twenty-eight; pure."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact

__all__ = ["minus", "plain", "plus", "signed", "units"]

#: More digits than any sum of a database has; what would still be rounded is an error.
_EXACT = Context(prec=400, traps=[Inexact])


def plus(one: Decimal, two: Decimal) -> Decimal:
    """Return the sum."""
    return _EXACT.add(one, two)


def minus(one: Decimal, two: Decimal) -> Decimal:
    """Return what is left of ``one`` without ``two``."""
    return _EXACT.subtract(one, two)


def units(value: Decimal, scale: int) -> Decimal:
    """Return a value in units of its last decimal place: 1.25 at scale 2 is 125."""
    return value.scaleb(scale, context=_EXACT)


def plain(value: Decimal) -> str:
    """Return it as plain text without zeros at its end: ``1200``, ``0.05``."""
    return f"{_EXACT.normalize(value):f}"


def signed(value: Decimal) -> str:
    """Return it with its sign and thousands separators: ``+1,200.5``."""
    return f"{_EXACT.normalize(value):+,f}"
