"""What stands between quotes in a sentence: remembered values, dates and amounts of money."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

__all__ = ["UnknownValue", "evaluate", "expand", "parse_amount", "same_text", "squeeze"]

_DAY = re.compile(r"(today|今天|今日)\s*(?:([+\-＋－])\s*(\d+)\s*(?:days?|天|日)?)?", re.IGNORECASE)
_BRACES = re.compile(r"(?<!\\)\{([^{}]+)\}")
_MONEY_SIGNS = re.compile(r"(?:CNY|RMB|USD|EUR|人民币|[￥¥$€元])", re.IGNORECASE)


class UnknownValue(LookupError):
    """A name in braces that nothing was remembered as."""


def expand(text: str, remembered: Mapping[str, str], today: date) -> str:
    r"""Return a quoted value with ``{name}`` and ``today+3``/``今天+3`` replaced.

    Dates are written ``YYYY-MM-DD``; ``\{`` is a brace. Raise UnknownValue for an unknown name.
    """
    if match := _DAY.fullmatch(text.strip()):
        return _day(match, today)

    def replaced(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name in remembered:
            return remembered[name]
        if match := _DAY.fullmatch(name):
            return _day(match, today)
        raise UnknownValue(name)

    return _BRACES.sub(replaced, text).replace("\\{", "{").replace("\\}", "}")


def _day(match: re.Match[str], today: date) -> str:
    days = int(match[3] or 0)
    return (today + timedelta(days=-days if match[2] in {"-", "－"} else days)).isoformat()


def squeeze(text: str) -> str:
    """Return a text with every run of blanks as one blank, none at the ends."""
    return re.sub(r"[\s\u3000\u00a0]+", " ", text).strip()


def parse_amount(text: str) -> Decimal | None:
    """Read an amount as people print it: ``￥1,234.50``, ``(12.00)``, ``1.234,50 €``; else None."""
    plain = _MONEY_SIGNS.sub("", squeeze(text)).replace(" ", "").translate(_NARROW)
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain.strip("()") if negative else plain
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})*,\d{2}", plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        number = Decimal(plain) if re.fullmatch(r"[+-]?\d+(\.\d+)?", plain) else None
    except InvalidOperation:
        return None
    return -number if negative and number is not None else number


_NARROW = {
    ord(wide): narrow
    for wide, narrow in zip("０１２３４５６７８９．，－＋（）", "0123456789.,-+()", strict=True)
}


def evaluate(text: str) -> Decimal | None:
    """Work out an amount or a small sum such as ``3 * 10.50``; None when it is neither."""
    if (amount := parse_amount(text)) is not None:
        return amount
    plain = text.translate(_NARROW).replace("×", "*").replace("÷", "/").replace(",", "")
    try:
        return _compute(ast.parse(plain, mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError):
        return None


def _compute(node: ast.expr) -> Decimal:
    match node:
        case ast.Constant(value=int() | float() as value):
            return Decimal(str(value))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_compute(operand)
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _compute(left), _compute(right)
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


def same_text(expected: str, actual: str) -> bool:
    """Return whether two shown texts say the same: equal but for blanks, or equal amounts."""
    if squeeze(expected) == squeeze(actual):
        return True
    first, second = parse_amount(expected), parse_amount(actual)
    return first is not None and first == second and not _is_code(expected)


def _is_code(text: str) -> bool:
    """Tell a code from an amount by its leading zeros: ``007`` is not ``7``."""
    return bool(re.match(r"0\d", squeeze(text)))
