"""Named rules that explain a difference away; each says what it takes for the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

__all__ = ["RULES", "Rule", "canonical", "rule_classes"]

_BLANKS = "' \t\u00a0\u3000'"
_FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "\u3000"
_HALF_WIDTH = "".join(chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)) + " "


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What two values have in common although they differ."""

    meaning: str
    types: tuple[str, ...]
    #: SQL expression -> SQL expression; values are the same when these are.
    canonical: Callable[[str], str] | None = None
    #: For rules of two values: both expressions -> SQL condition.
    same: Callable[[str, str], str] | None = None


def _translate(value: str) -> str:
    half = _HALF_WIDTH.replace("'", "''")
    return f"translate({value}, '{_FULL_WIDTH}', '{half}')"


RULES: Mapping[str, Rule] = {
    "trailing_blank": Rule(
        meaning="blanks at the end do not count",
        types=("varchar",),
        canonical=lambda value: f"rtrim({value}, {_BLANKS})",
    ),
    "leading_blank": Rule(
        meaning="blanks at the start do not count",
        types=("varchar",),
        canonical=lambda value: f"ltrim({value}, {_BLANKS})",
    ),
    "inner_blanks": Rule(
        meaning="several blanks count as one",
        types=("varchar",),
        canonical=lambda value: f"regexp_replace({value}, '[ \t\u00a0\u3000]+', ' ', 'g')",
    ),
    "full_width": Rule(
        meaning="full-width letters, digits and signs count as their half-width forms",
        types=("varchar",),
        canonical=_translate,
    ),
    "nfc": Rule(
        meaning="composed and decomposed characters count as the same (Unicode NFC)",
        types=("varchar",),
        canonical=lambda value: f"nfc_normalize({value})",
    ),
    "case": Rule(
        meaning="capital and small letters count as the same",
        types=("varchar",),
        canonical=lambda value: f"lower({value})",
    ),
    "leading_zeros": Rule(
        meaning="zeros at the start do not count",
        types=("varchar",),
        canonical=lambda value: f"ltrim({value}, '0')",
    ),
    "null_is_empty": Rule(
        meaning="no value and an empty text count as the same",
        types=("varchar",),
        canonical=lambda value: f"coalesce({value}, '')",
    ),
    "float_1e9": Rule(
        meaning="floating-point noise below one part in 10^9 does not count",
        types=("double",),
        same=lambda one, two: f"abs({one} - {two}) <= 1e-9 * greatest(abs({one}), abs({two}))",
    ),
    "to_second": Rule(
        meaning="fractions of a second do not count",
        types=("timestamp",),
        canonical=lambda value: f"date_trunc('second', {value})",
    ),
}


def canonical(value: str, names: Sequence[str]) -> str:
    """Return SQL for ``value`` with all its one-value rules applied in order."""
    for name in names:
        rule = RULES[name].canonical
        value = rule(value) if rule else value
    return value


def rule_classes(one: str, two: str, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return ``(class, SQL condition)`` from the fewest rules to all; the first to hold counts."""
    found = []
    for size in range(1, len(names) + 1):
        for chosen in combinations(names, size):
            pair_rules = [RULES[name].same for name in chosen]
            left, right = canonical(one, chosen), canonical(two, chosen)
            tests = [same(left, right) for same in pair_rules if same]
            test = " OR ".join([f"{left} IS NOT DISTINCT FROM {right}", *tests])
            found.append((f"rule:{'+'.join(chosen)}", f"({test})"))
    return found
