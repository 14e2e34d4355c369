"""The chain of records: one canonical JSON line each, sealed by its hash to the one before.

Pure. A line is ``{"actor","at","boot","data","hash","mono","prev","seq","type"}`` in RFC 8785
form; ``hash`` is the SHA-256 of the same object without ``hash``, ``prev`` the hash of the record
before it. Records are numbered from 1, so that a record's number is its line's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from golive.errors import Problem
from golive.record.bulk import no_cycles
from golive.record.canonical import canonical, parse, sha256_hex

__all__ = [
    "ASSURANCES",
    "NOTHING",
    "UNFOLLOWED",
    "Actor",
    "Record",
    "Verification",
    "damage",
    "follow",
    "is_torn",
    "parse_line",
    "seal",
    "split_lines",
    "verify_lines",
]

#: ``prev`` of the first record of a chain that follows from nothing.
NOTHING = "0" * 64
#: How sure golive is of a person: named only, proven by PIN, scripted in the demo, golive itself.
ASSURANCES = ("claimed", "pin", "simulated", "system")

#: What is wrong with a last record whose newline is another byte.
UNFOLLOWED = "is followed by something else than a newline"

_KEYS = {"actor", "at", "boot", "data", "hash", "mono", "prev", "seq", "type"}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TYPE = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it: the person named, and the account, host and terminal it came from."""

    person: str
    os_user: str
    host: str
    tty: str
    #: One of :data:`ASSURANCES`.
    assurance: str

    def __post_init__(self) -> None:
        if self.assurance not in ASSURANCES:
            raise ValueError(f"assurance '{self.assurance}' is none of {', '.join(ASSURANCES)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One line of a journal or ledger."""

    #: 1 for the first record.
    seq: int
    #: Wall clock, aware UTC.
    at: datetime
    #: Seconds on a clock that only runs forward; comparable within one ``boot``.
    mono: float
    #: Names the boot of the machine that wrote the record.
    boot: str
    actor: Actor
    #: Dotted lower-case words, e.g. ``task.starting``.
    type: str
    #: Plain JSON data.
    data: Mapping[str, Any]
    #: Hash of the record before; of the first record, what the chain follows from.
    prev: str
    #: Lower-case hex SHA-256 of the record without its hash.
    hash: str

    def line(self) -> bytes:
        """Return the record's line, with its newline."""
        return canonical(_content(self) | {"hash": self.hash}) + b"\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What came of checking a chain."""

    #: The whole records, up to the first damaged one.
    records: tuple[Record, ...] = ()
    #: Number of the first damaged record, 0 when none is.
    damaged: int = 0
    #: Bytes of a last line that was never finished; the next append recovers from it.
    torn: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def count(self) -> int:
        """How many whole records there are."""
        return len(self.records)

    @property
    def head(self) -> str:
        """The hash of the last whole record, an empty text when there is none."""
        return self.records[-1].hash if self.records else ""


def _content(record: Record) -> dict[str, Any]:
    """Return what the hash is over."""
    return {
        "seq": record.seq,
        "at": record.at.isoformat(timespec="microseconds"),
        "mono": record.mono,
        "boot": record.boot,
        "actor": asdict(record.actor),
        "type": record.type,
        "data": record.data,
        "prev": record.prev,
    }


def seal(
    *,
    seq: int,
    at: datetime,
    mono: float,
    boot: str,
    actor: Actor,
    type: str,  # noqa: A002 - the journal's own word
    data: Mapping[str, Any],
    prev: str,
) -> Record:
    """Make a record with its hash, equal to what :func:`parse_line` reads back.

    Raise ValueError for a naive ``at``, a type or ``prev`` of the wrong form, or data not JSON.
    """
    if at.tzinfo is None:
        raise ValueError("a record's time needs an offset")
    if not _TYPE.fullmatch(type):
        raise ValueError(f"'{type}' is no record type, like 'task.starting'")
    if not _DIGEST.fullmatch(prev):
        raise ValueError(f"'{prev}' is no hash a record can follow")
    content = {
        "seq": seq,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "mono": mono,
        "boot": boot,
        "actor": asdict(actor),
        "type": type,
        "data": data,
        "prev": prev,
    }
    form = canonical(content)
    return _record(parse(form) | {"hash": sha256_hex(form)})


def parse_line(line: bytes) -> Record:
    """Read one line, with or without its newline, and check its form and its own hash.

    Raise ValueError saying what is wrong with it.
    """
    body = line.removesuffix(b"\n")
    found = parse(body)
    if not isinstance(found, dict) or set(found) != _KEYS:
        raise ValueError("is not a record")
    content = {key: value for key, value in found.items() if key != "hash"}
    form = canonical(content)
    if _with_hash(form, found["hash"]) != body:
        raise ValueError("is not in canonical form")
    if sha256_hex(form) != found["hash"]:
        raise ValueError("does not fit its hash")
    try:
        return _record(found)
    except (KeyError, TypeError) as error:
        raise ValueError(f"is not a record: {error}") from error


def _with_hash(form: bytes, digest: Any) -> bytes:
    """Return the canonical form of a record with its hash, of the form without.

    Keys are sorted: the hash stands before ``mono``, behind which there are numbers, a hash and a
    type, none of which can hold such a key.
    """
    place = form.rindex(b',"mono":')
    return form[:place] + b',"hash":' + canonical(digest) + form[place:]


def _record(found: Mapping[str, Any]) -> Record:
    at = datetime.fromisoformat(found["at"])
    if at.tzinfo is None or not isinstance(found["data"], dict):
        raise ValueError("is not a record")
    return Record(**{**found, "at": at, "actor": Actor(**found["actor"])})


def follow(line: bytes, *, seq: int, prev: str | None) -> Record:
    """Read the line of record ``seq`` that follows the hash ``prev`` (any when None).

    Raise ValueError saying what is wrong with it.
    """
    record = parse_line(line)
    if record.seq != seq:
        raise ValueError(f"says it is record {record.seq}")
    if prev is not None and record.prev != prev:
        raise ValueError(
            "does not follow the record before it" if seq > 1 else "does not follow its plan"
        )
    return record


def split_lines(content: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """Return the lines, each with its newline, and what is left of a last line without one."""
    *lines, rest = content.split(b"\n")
    return tuple(line + b"\n" for line in lines), rest


def is_torn(rest: bytes) -> bool:
    """Tell whether an unfinished last line can come from a write that was cut short.

    Such a write leaves the beginning of a line, or zeros where a power cut kept it from the disk.
    A whole record with anything but its newline behind it was damaged later: it was acted on, so
    it must not be dropped.
    """
    text = rest.rstrip(b"\0").decode("utf-8", "replace")
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        return True
    return end == len(text)


def verify_lines(
    content: bytes,
    *,
    prev: str | None = None,
    path: str = "",
    known: Mapping[int, str] | None = None,
) -> Verification:
    """Check a whole chain: every line, every link, every number.

    ``prev`` is what the first record must follow from (not checked when None). ``known`` are
    hashes by record number that stand elsewhere (a ledger, a signature): only they show that
    records were cut off the end, or all rewritten. Stops at the first damaged record.
    """
    lines, rest = split_lines(content)
    elsewhere = known or {}
    records: list[Record] = []
    with no_cycles():
        for seq, line in enumerate(lines, 1):
            try:
                record = follow(line, seq=seq, prev=records[-1].hash if records else prev)
                if elsewhere.get(seq, record.hash) != record.hash:
                    raise ValueError("is not the one that is known from elsewhere")  # noqa: TRY301
            except ValueError as error:
                return _damaged(records, damage(path, seq, str(error)))
            records.append(record)
    seq = len(records) + 1
    if not is_torn(rest):
        return _damaged(records, damage(path, seq, UNFOLLOWED))
    problems = [_unfinished(path, seq, len(rest))] if rest else []
    if missing := max((number for number in elsewhere if number >= seq), default=0):
        message = f"is missing, and so is all up to {missing}, which is known from elsewhere"
        problems.append(damage(path, seq, message))
    return Verification(
        records=tuple(records),
        damaged=seq if missing else 0,
        torn=len(rest),
        problems=tuple(problems),
    )


def _damaged(records: Sequence[Record], problem: Problem) -> Verification:
    return Verification(records=tuple(records), damaged=len(records) + 1, problems=(problem,))


def damage(path: str, seq: int, message: str) -> Problem:
    """Return the problem of one damaged record."""
    return Problem(
        subject=f"record {seq}",
        message=message,
        path=path,
        line=seq,
        hint="nothing after the record before it can be trusted; restore the file from a copy",
    )


def _unfinished(path: str, seq: int, size: int) -> Problem:
    return Problem(
        subject=f"record {seq}",
        message=f"was never finished: {size} bytes without an end",
        path=path,
        line=seq,
        hint="the next record written will recover from it and say so",
    )
