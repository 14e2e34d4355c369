"""Amounts of money as people print them, in either notation, exactly. Pure."""

from __future__ import annotations

import ast
import re
from decimal import Decimal, InvalidOperation

__all__ = ["evaluate", "parse_amount"]

_MONEY_SIGNS = re.compile(
    r"(?:CNY|RMB|USD|EUR|GBP|CHF|人民币|美元|欧元|[￥¥$€£元圆])", re.IGNORECASE
)
_MYRIADS = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
_NARROW = {
    ord(wide): narrow
    for wide, narrow in zip(
        "０１２３４５６７８９．，－＋（）−＊", "0123456789.,-+()-*", strict=True
    )
}
#: Points between thousands and a comma before the cents: 1.234,50 and 1.234.567 and 1234,5.
_POINTED = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d{1,2}|\d{1,3}(?:\.\d{3}){2,})")
#: Commas between thousands and a point before the cents: 1,234.50 (Swiss: 1'234.50).
_COMMAED = re.compile(r"[+-]?\d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?")
_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)")


def parse_amount(text: str) -> Decimal | None:
    """Read an amount as people print it; None when it is none.

    ``￥1,234.50``, ``(12.00)``, ``12.00-``, ``1.234,50 €``, ``1 234,50``, ``1.2万``. One point
    before three digits, ``1.234``, is a decimal point.
    """
    plain = re.sub(r"[\s\u00a0\u202f\u3000]", "", _MONEY_SIGNS.sub("", text)).translate(_NARROW)
    negative = (plain.startswith("(") and plain.endswith(")")) or plain.endswith("-")
    if negative:
        plain = plain.strip("()").removesuffix("-")
    times = _MYRIADS.get(plain[-1:], Decimal(1))
    plain = plain.rstrip("万亿") if times != 1 else plain
    if _POINTED.fullmatch(plain) and not _PLAIN.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif _COMMAED.fullmatch(plain):
        plain = re.sub(r"[,'’]", "", plain)
    try:
        number = Decimal(plain) if _PLAIN.fullmatch(plain) else None
    except InvalidOperation:
        return None
    if number is None or (negative and number < 0):
        return None
    return -number * times if negative else number * times


def evaluate(text: str) -> Decimal | None:
    """Work out an amount or a small sum such as ``3 * 10.50``; None when it is neither."""
    if (amount := parse_amount(text)) is not None:
        return amount
    plain = text.translate(_NARROW).replace("×", "*").replace("÷", "/")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", _MONEY_SIGNS.sub("", plain))
    try:
        return _compute(ast.parse(plain.strip(), mode="eval").body, plain.strip())
    except (SyntaxError, ValueError, ArithmeticError, RecursionError):
        return None


def _compute(node: ast.expr, source: str) -> Decimal:
    match node:
        case ast.Constant(value=bool()):
            raise ValueError(source)
        case ast.Constant(value=int() | float()):
            # As written, never through a binary float.
            return Decimal(ast.get_source_segment(source, node) or "")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_compute(operand, source)
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _compute(left, source), _compute(right, source)
            match op:
                case ast.Add():
                    return first + second
                case ast.Sub():
                    return first - second
                case ast.Mult():
                    return first * second
                case ast.Div():
                    return first / second
    raise ValueError(ast.dump(node))
