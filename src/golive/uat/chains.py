"""Scenarios that build on one another (``@chain``): what they share, and what a failure blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

__all__ = ["CHAIN_TAGS", "QUARANTINE_TAGS", "Chains", "chain_of", "in_chain_order", "units"]

CHAIN_TAGS = frozenset({"chain", "链"})
#: Scenarios with one of these run and are listed, but do not count.
QUARANTINE_TAGS = frozenset({"quarantine", "隔离"})

T = TypeVar("T")


def chain_of(path: str, rule: str, feature_tags: Sequence[str], tags: Sequence[str]) -> str:
    """Return the name of the chain a scenario belongs to; empty when to none.

    A tag on the feature chains all its scenarios, one on a rule or on scenarios those of the rule.
    """
    if CHAIN_TAGS & set(feature_tags):
        return path
    return f"{path}::{rule}" if CHAIN_TAGS & set(tags) else ""


def in_chain_order(items: Sequence[T], key: Callable[[T], tuple[str, int]]) -> list[T]:
    """Return the items with each chain's members in the order of their file, together.

    ``key`` gives an item's chain (empty for none) and its place in the file.
    """
    members: dict[str, list[T]] = {}
    for item in items:
        members.setdefault(key(item)[0], []).append(item)
    ordered: list[T] = []
    for item in items:
        chain = key(item)[0]
        if not chain:
            ordered.append(item)
        elif chain in members:
            ordered += sorted(members.pop(chain), key=lambda one: key(one)[1])
    return ordered


def units(ids: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return what must stay together: pairs of id and chain -> single ids and whole chains."""
    found: dict[str, list[str]] = {}
    for id_, chain in ids:
        found.setdefault(chain or f"\0{id_}", []).append(id_)
    return tuple(tuple(unit) for unit in found.values())


@dataclass(slots=True, kw_only=True)
class _Chain:
    remembered: dict[str, str] = field(default_factory=dict)
    #: Id and name of the member that did not pass.
    failed: tuple[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class Chains:
    """What the chains of one process have come to."""

    _chains: dict[str, _Chain] = field(default_factory=dict)

    def blocker(self, chain: str, id_: str) -> str:
        """Return the name of the earlier member that did not pass; empty when nothing blocks."""
        known = self._chains.get(chain)
        if not chain or known is None or known.failed is None or known.failed[0] == id_:
            return ""
        return known.failed[1]

    def remembered(self, chain: str) -> dict[str, str]:
        """Return a copy of what earlier members remembered."""
        known = self._chains.get(chain)
        return dict(known.remembered) if known else {}

    def ended(
        self, chain: str, id_: str, name: str, *, passed: bool, remembered: dict[str, str]
    ) -> None:
        """Note what came of a member; a later try of the same member replaces it."""
        if not chain:
            return
        known = self._chains.setdefault(chain, _Chain())
        if passed:
            known.failed = None
            known.remembered = dict(remembered)
        elif known.failed is None:
            known.failed = (id_, name)
