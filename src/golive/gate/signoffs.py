"""A business person's acceptance of a process, as the ledger holds it: what ran, seen by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from golive.record.chain import Record

__all__ = ["Acceptance", "AcceptedItem", "acceptances_of", "accepted_to_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedItem:
    """One scenario that was accepted, and everything its pass rested on then."""

    id: str
    title: str
    #: Digest of the scenario's text, and of all phrases and fixtures.
    digest: str
    steps: str
    run: str
    #: When it ran, RFC 3339 in UTC, and who ran it.
    ran: str
    tester: str
    #: Target -> the build, the site and the data cut it reported then.
    builds: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """One person's word on one process."""

    #: Number and hash of its entry in the ledger.
    seq: int
    hash: str
    at: datetime
    process: str
    person: str
    name: str
    department: str
    role: str
    #: ``claimed``, ``pin`` or ``simulated``.
    assurance: str
    #: The sentence the person gave their name to.
    statement: str
    items: tuple[AcceptedItem, ...]
    comment: str = ""
    #: When it was signed on paper, if it was entered later.
    happened: datetime | None = None
    #: Who took it back and why; empty while it stands.
    revoked: str = ""

    @property
    def signed(self) -> datetime:
        """When the person gave it."""
        return self.happened or self.at


def acceptances_of(records: Sequence[Record], release: str) -> tuple[Acceptance, ...]:
    """Return every acceptance of a release, oldest first; those taken back stay listed."""
    found: dict[int, Acceptance] = {}
    for record in records:
        data = record.data
        if data.get("release") != release:
            continue
        if record.type == "signoff":
            found[record.seq] = _acceptance(record)
        elif record.type == "revoke" and int(data["signoff"]) in found:
            number = int(data["signoff"])
            said = f"{record.actor.person}: {data['reason']}"
            found[number] = replace(found[number], revoked=said)
    return tuple(found.values())


def _acceptance(record: Record) -> Acceptance:
    data = record.data
    happened = str(data["happened"])
    return Acceptance(
        seq=record.seq,
        hash=record.hash,
        at=record.at,
        process=str(data["process"]),
        person=record.actor.person,
        name=str(data["name"]),
        department=str(data["department"]),
        role=str(data["role"]),
        assurance=record.actor.assurance,
        statement=str(data["statement"]),
        comment=str(data["comment"]),
        happened=datetime.fromisoformat(happened) if happened else None,
        items=tuple(AcceptedItem(**item) for item in data["items"]),
    )


def accepted_to_json(item: AcceptedItem) -> dict[str, Any]:
    """Return an accepted scenario as plain JSON data."""
    return asdict(item) | {name: dict(getattr(item, name)) for name in ("builds", "sites", "data")}
