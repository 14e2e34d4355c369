"""Read a number as people write it, in Python: the second path beside DuckDB's; pure."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

__all__ = ["written_number"]

#: Full-width signs, digits and the ideographic blank -> their half-width forms.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: ord(" ")}
#: Digits with or without thousands separators, once the point is ``.`` and the separator ``,``.
_DIGITS = r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]*)?"
#: Accountants put a minus in front, behind, or write parentheses.
_NEGATIVE = re.compile(rf"\(\s*({_DIGITS})\s*\)|-\s*({_DIGITS})|({_DIGITS})\s*-")
_POSITIVE = re.compile(rf"\+?({_DIGITS})")
_SWAPPED = str.maketrans(".,", ",.")


def written_number(text: str, numbers: str) -> Decimal | None:
    """Return the number a side with this ``numbers`` (``grouped`` ...) means, None when it is none.

    The forms are those of :class:`golive.compare.declared.Written`.
    """
    if numbers != "plain":
        text = _plain(text.translate(_HALF_WIDTH).strip(" "), numbers)
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _plain(text: str, numbers: str) -> str:
    """Return the number as programs write it; a text of another form stays as it is."""
    grouped = text.translate(_SWAPPED) if numbers == "european" else text
    if found := _NEGATIVE.fullmatch(grouped):
        return f"-{''.join(filter(None, found.groups()))}".replace(",", "")
    if found := _POSITIVE.fullmatch(grouped):
        return found[1].replace(",", "")
    return text
