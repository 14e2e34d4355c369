"""Accepted differences: ``accepted.jsonl`` beside the comparisons, append-only and hash-chained.

One person asks, another approves; neither can be left out and nothing is ever rewritten. An
acceptance covers named values (every digit of both sides, and all a row on one side holds: anything
else is open again) or a pattern (a cause in a column) up to its maxima, until it expires.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from golive.errors import Refused
from golive.record.chain import NOTHING, Actor, Record
from golive.record.journal import Journal

__all__ = ["CLASSES", "Acceptance", "Neutral", "Register", "read_register"]

#: Why a difference is accepted: class -> its label in English and Chinese.
CLASSES: Mapping[str, tuple[str, str]] = {
    "defect": ("defect, to be mended", "缺陷"),
    "rounding": ("rounding", "舍入"),
    "timing": ("timing", "时间性差异"),
    "mapping": ("mapping", "映射"),
    "intended": ("intended, a new rule", "预期差异（新规则）"),
    "legacy_error": ("error of the old system", "旧系统错误"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What was asked for, and who approved it."""

    id: str
    comparison: str
    #: ``changed``, ``only_old`` or ``only_new``.
    kind: str
    #: Column, by its new name; empty for whole rows.
    column: str
    #: Pattern: the cause, and its detail where only that one is meant.
    cause: str = ""
    detail: str = ""
    #: Named values: ``{"key", "old", "new", "content"}`` as text; without them the pattern counts.
    values: tuple[Mapping[str, str | None], ...] = ()
    #: One of :data:`CLASSES`.
    sort: str
    reason: str
    #: Last day it holds, ISO.
    expires: str
    max_count: int
    #: Largest sum of absolute amounts, plain decimal text.
    max_amount: str
    ticket: str = ""
    requested_by: str = ""
    approved_by: str = ""
    revoked: bool = False

    def holds(self, day: date) -> bool:
        """Return whether it is approved, not revoked and not expired."""
        return bool(self.approved_by) and not self.revoked and day.isoformat() <= self.expires


@dataclass(frozen=True, slots=True, kw_only=True)
class Neutral:
    """A change of what a dual run is judged by that does not restart its streak."""

    id: str
    comparison: str
    before: str
    after: str
    reason: str
    requested_by: str = ""
    approved_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """All that was asked for and approved, folded from the file."""

    acceptances: tuple[Acceptance, ...] = ()
    neutrals: tuple[Neutral, ...] = ()

    def of(self, comparison: str) -> tuple[Acceptance, ...]:
        """Return the approved ones of a comparison that were not revoked."""
        return tuple(
            item
            for item in self.acceptances
            if item.comparison == comparison and item.approved_by and not item.revoked
        )

    def changes(self, comparison: str) -> tuple[tuple[str, str], ...]:
        """Return the approved neutral changes of a comparison, from and to."""
        return tuple(
            (item.before, item.after)
            for item in self.neutrals
            if item.comparison == comparison and item.approved_by
        )

    def find(self, name: str) -> Acceptance | Neutral:
        """Return one by its id. Raise Refused when there is none."""
        everything: list[Acceptance | Neutral] = [*self.acceptances, *self.neutrals]
        for item in everything:
            if item.id == name:
                return item
        known = ", ".join(item.id for item in everything) or "none"
        raise Refused.of(f"acceptance '{name}'", "does not exist", hint=f"known: {known}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFile:
    """The file, opened for reading and for one more record."""

    path: Path
    register: Register = field(default_factory=Register)
    #: Number of its last record, so that nobody's record is overlooked.
    head: int = 0

    def ask(self, asked: Acceptance | Neutral, actor: Actor) -> str:
        """Ask for an acceptance or a neutral change; return its id.

        Raise Refused for a class, day or bound that is none, Stale when somebody was faster.
        """
        prefix = "AD" if isinstance(asked, Acceptance) else "NC"
        many = self.register.acceptances if prefix == "AD" else self.register.neutrals
        name = f"{prefix}-{len(many) + 1:03d}"
        if isinstance(asked, Acceptance):
            _refuse_wrong(asked)
        data = {key: value for key, value in asdict(asked).items() if key not in _NOT_ASKED}
        kind = "accept.requested" if prefix == "AD" else "neutral.requested"
        self._append(kind, data | {"id": name}, actor)
        return name

    def approve(self, name: str, actor: Actor) -> None:
        """Approve what another person asked for. Raise Refused for the same person."""
        found = self.register.find(name)
        if found.approved_by:
            raise Refused.of(f"acceptance '{name}'", f"is approved by {found.approved_by} already")
        if found.requested_by == actor.person:
            raise Refused.of(
                f"acceptance '{name}'",
                f"{actor.person} asked for it and cannot approve it",
                hint="another person approves: --as PERSON",
            )
        kind = "accept" if isinstance(found, Acceptance) else "neutral"
        self._append(f"{kind}.approved", {"id": name}, actor)

    def revoke(self, name: str, reason: str, actor: Actor) -> None:
        """Take an acceptance back. Raise Refused without a reason."""
        found = self.register.find(name)
        if not isinstance(found, Acceptance):
            raise Refused.of(f"'{name}'", "is no acceptance of differences")
        if not reason:
            raise Refused.of(
                f"acceptance '{name}'", "needs a reason to be revoked", hint="--reason"
            )
        self._append("accept.revoked", {"id": name, "reason": reason}, actor)

    def _append(self, kind: str, data: Mapping[str, Any], actor: Actor) -> None:
        if not self.path.exists():
            Journal.create(self.path, prev=NOTHING)
        journal = Journal.open(self.path, prev=NOTHING)
        journal.append(kind, data, actor=actor, expect=self.head)


_NOT_ASKED = {"id", "requested_by", "approved_by", "revoked"}


def _refuse_wrong(asked: Acceptance) -> None:
    wrong = ""
    try:
        date.fromisoformat(asked.expires)
        amount = Decimal(asked.max_amount)
    except (ValueError, InvalidOperation):
        wrong = "needs a last day and a largest amount"
    else:
        if asked.sort not in CLASSES:
            wrong = f"class '{asked.sort}' is none of {', '.join(CLASSES)}"
        elif not asked.reason.strip():
            wrong = "needs a reason"
        elif asked.max_count < 1 or not amount.is_finite() or amount < 0:
            wrong = "needs bounds: a count of 1 or more, an amount of 0 or more"
        elif not asked.values and not asked.cause:
            wrong = "names neither values nor a cause"
    if wrong:
        raise Refused.of(
            "acceptance", wrong, hint="--class, --reason, --expires, --max-count, --max-amount"
        )


def read_register(path: Path) -> RegisterFile:
    """Read ``accepted.jsonl``; one that is not there is empty. Raise Damaged naming the record."""
    if not path.exists():
        return RegisterFile(path=path)
    records = Journal.open(path, prev=NOTHING).records()
    return RegisterFile(path=path, register=_fold(records), head=records[-1].seq if records else 0)


def _fold(records: Sequence[Record]) -> Register:
    acceptances: dict[str, Acceptance] = {}
    neutrals: dict[str, Neutral] = {}
    for record in records:
        data, person = dict(record.data), record.actor.person
        name = str(data.get("id", ""))
        match record.type:
            case "accept.requested":
                data["values"] = tuple(data["values"])
                acceptances[name] = Acceptance(**data, requested_by=person)
            case "accept.approved":
                acceptances[name] = replace(acceptances[name], approved_by=person)
            case "accept.revoked":
                acceptances[name] = replace(acceptances[name], revoked=True)
            case "neutral.requested":
                neutrals[name] = Neutral(**data, requested_by=person)
            case "neutral.approved":
                neutrals[name] = replace(neutrals[name], approved_by=person)
    return Register(acceptances=tuple(acceptances.values()), neutrals=tuple(neutrals.values()))
