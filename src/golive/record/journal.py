"""The journal file: records appended under a lock, on disk before anybody acts on them.

A record counts once its newline is in the file. A writer killed before that leaves a torn last
line; the next append replaces it by a ``journal.recovered`` record that says what was lost.
Anything else that does not fit the chain is damage and stops every reader and writer.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from golive.errors import Damaged, Problem, Refused, SetupError
from golive.record.actors import system_actor
from golive.record.bulk import no_cycles
from golive.record.canonical import sha256_hex, sync_folder
from golive.record.chain import (
    UNFOLLOWED,
    Actor,
    Record,
    Verification,
    damage,
    follow,
    is_torn,
    seal,
    split_lines,
    verify_lines,
)
from golive.record.clock import Clock, Reading, jump, system_clock

__all__ = ["Journal", "Stale", "verify"]

#: Bytes of a torn line that are shown in the record that replaces it.
_SHOWN = 2000


class Stale(Refused):
    """Another record came since the caller decided; ``newer`` are those it had not seen."""

    def __init__(self, *problems: Problem, newer: tuple[Record, ...] = ()) -> None:
        super().__init__(*problems)
        self.newer = newer


class Journal:
    """One chained file, shared by any number of processes and threads."""

    def __init__(self, path: Path, *, prev: str | None, clock: Clock = system_clock) -> None:
        """Use :meth:`create` or :meth:`open`."""
        self._path = path
        self._prev = prev
        self._clock = clock
        self._mutex = threading.RLock()
        self._records: list[Record] = []
        #: Bytes read and found good.
        self._offset = 0

    @classmethod
    def create(cls, path: Path, *, prev: str, clock: Clock = system_clock) -> Journal:
        """Make an empty journal that follows from ``prev`` (hex SHA-256).

        Raise Refused when the file is there already, SetupError when it cannot be made.
        """
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644))
            sync_folder(path.parent)
        except FileExistsError as error:
            raise Refused.of(
                f"journal '{path.name}'", "exists already", path=str(path), hint="open it instead"
            ) from error
        except OSError as error:
            raise _cannot("be made", path, error) from error
        return cls(path, prev=prev, clock=clock)

    @classmethod
    def open(cls, path: Path, *, prev: str | None = None, clock: Clock = system_clock) -> Journal:
        """Open a journal; ``prev`` is what it must follow from, where the caller knows that.

        An empty journal needs ``prev`` for its first record. Raise SetupError when there is no
        such file; damage shows with the first reading.
        """
        if not path.is_file():
            raise SetupError.of(f"journal '{path.name}'", "does not exist", path=str(path))
        return cls(path, prev=prev, clock=clock)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @property
    def recovered(self) -> tuple[Record, ...]:
        """The records that say a torn line was dropped, of those read so far."""
        return tuple(record for record in self._records if record.type == "journal.recovered")

    @property
    def head(self) -> Record | None:
        """The last record read so far."""
        return self._records[-1] if self._records else None

    def records(self) -> tuple[Record, ...]:
        """Return all records, those others appended since too.

        Only what is new is read. Raise Damaged naming the record, SetupError when unreadable.
        """
        self.refresh()
        return tuple(self._records)

    def refresh(self) -> tuple[Record, ...]:
        """Read what was appended since the last look and return it; errors as :meth:`records`."""
        with self._mutex:
            try:
                with self._path.open("rb") as file:
                    quiet = _share(file.fileno())
                    found, rest = self._read(file.fileno())
            except OSError as error:
                raise _cannot("be read", self._path, error) from error
            if quiet:
                self._refuse_damaged(rest)
            return found

    def append(
        self,
        type: str,  # noqa: A002 - the journal's own word
        data: Mapping[str, Any],
        *,
        actor: Actor,
        expect: int | None = None,
        at: datetime | None = None,
    ) -> Record:
        """Add one record and return it once it is on disk.

        ``expect`` is the number of the last record the caller had seen when it decided (0 or less
        for none): when others came since, nothing is added and Stale is raised. ``at`` is the wall
        clock as the caller has just read it. Raise Damaged when the journal is, SetupError when
        the disk does not take the record (the journal is then as before), ValueError when the
        record cannot be sealed.
        """
        with self._mutex, self._locked() as file:
            _, torn = self._read(file)
            self._refuse_damaged(torn)
            self._refuse_stale(expect)
            reading = self._clock()
            if at is not None:
                reading = Reading(at=at, mono=reading.mono, boot=reading.boot)
            records = self._sealed(reading, torn, (type, data, actor))
            content = b"".join(record.line() for record in records)
            self._write(file, content, torn)
            self._offset += len(content)
            self._records += records
            return records[-1]

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Open the file anew, so that the lock keeps out threads and forks of this process too."""
        try:
            file = os.open(self._path, os.O_RDWR)
        except OSError as error:
            raise _cannot("be written", self._path, error) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _read(self, file: int) -> tuple[tuple[Record, ...], bytes]:
        """Take in what follows the offset; return the new records and an unfinished last line."""
        size = os.fstat(file).st_size
        count = len(self._records)
        if size < self._offset:
            raise Damaged(
                damage(str(self._path), count, "is gone: the file is shorter than it was")
            )
        lines, rest = split_lines(_read_at(file, self._offset, size - self._offset))
        with no_cycles():
            for line in lines:
                self._take(line)
        return tuple(self._records[count:]), rest

    def _refuse_damaged(self, rest: bytes) -> None:
        if not is_torn(rest):
            raise Damaged(damage(str(self._path), len(self._records) + 1, UNFOLLOWED))

    def _take(self, line: bytes) -> None:
        seq = len(self._records) + 1
        prev = self._records[-1].hash if self._records else self._prev
        try:
            record = follow(line, seq=seq, prev=prev)
        except ValueError as error:
            raise Damaged(damage(str(self._path), seq, str(error))) from error
        self._records.append(record)
        self._offset += len(line)

    def _refuse_stale(self, expect: int | None) -> None:
        if expect is None:
            return
        newer = tuple(self._records[max(expect, 0) :])
        if expect > len(self._records):
            raise Damaged(
                damage(str(self._path), len(self._records) + 1, f"to {expect} were there before")
            )
        if newer:
            first = newer[0]
            raise Stale(
                Problem(
                    subject=f"record {first.seq}",
                    message=f"'{first.type}' by {first.actor.person or first.actor.os_user} came "
                    f"first, at {first.at.isoformat(timespec='seconds')}",
                    hint="look again and decide anew",
                ),
                newer=newer,
            )

    def _sealed(
        self, reading: Reading, torn: bytes, wanted: tuple[str, Mapping[str, Any], Actor]
    ) -> list[Record]:
        """Return the wanted record, after those that golive itself has to write before it."""
        entries: list[tuple[str, Mapping[str, Any], Actor]] = [wanted]
        before = self.head
        if before and (
            stray := jump(Reading(at=before.at, mono=before.mono, boot=before.boot), reading)
        ):
            jumped = {"seconds": stray, "before": before.at.isoformat(), "record": before.seq}
            entries.insert(0, ("clock.jumped", jumped, system_actor()))
        if torn:
            entries.insert(0, ("journal.recovered", _lost(torn), system_actor()))
        sealed: list[Record] = []
        seq = len(self._records)
        prev = before.hash if before else self._prev
        if prev is None:
            raise Damaged(damage(str(self._path), 1, "is missing: the journal is empty"))
        for kind, data, actor in entries:
            record = seal(
                seq=seq + 1, at=reading.at, mono=reading.mono, boot=reading.boot,
                actor=actor, type=kind, data=data, prev=prev,
            )  # fmt: skip
            sealed.append(record)
            seq, prev = record.seq, record.hash
        return sealed

    def _write(self, file: int, content: bytes, torn: bytes) -> None:
        """Put the lines at the end, over a torn one, onto the disk; on an error, as it was."""
        try:
            _write_at(file, self._offset, content)
            os.ftruncate(file, self._offset + len(content))
            os.fsync(file)
        except OSError as error:
            with suppress(OSError):
                _write_at(file, self._offset, torn)
                os.ftruncate(file, self._offset + len(torn))
                os.fsync(file)
            hint = "nothing was recorded; make room on the disk, then do it again"
            raise _cannot("be written", self._path, error, hint) from error


def _share(file: int) -> bool:
    """Tell whether nobody is writing; while somebody is, an unfinished last line is no news."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_at(file: int, offset: int, size: int) -> bytes:
    pieces = []
    while size > 0 and (piece := os.pread(file, size, offset)):
        pieces.append(piece)
        offset += len(piece)
        size -= len(piece)
    return b"".join(pieces)


def _write_at(file: int, offset: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        done = os.pwrite(file, left, offset)
        left, offset = left[done:], offset + done


def _lost(torn: bytes) -> Mapping[str, Any]:
    return {
        "lost_bytes": len(torn),
        "lost_sha256": sha256_hex(torn),
        "lost": torn[:_SHOWN].decode("utf-8", "backslashreplace"),
    }


def _cannot(
    what: str, path: Path, error: OSError, hint: str = "check the disk and the file's permissions"
) -> SetupError:
    return SetupError(
        Problem(
            subject=f"journal '{path.name}'",
            message=f"cannot {what}: {error.strerror}",
            path=str(path),
            hint=hint,
        )
    )


def verify(
    path: Path, *, prev: str | None = None, known: Mapping[int, str] | None = None
) -> Verification:
    """Check a whole journal file from its first byte, while nobody writes it.

    ``prev`` and ``known`` as in :func:`golive.record.chain.verify_lines`. Raise SetupError when
    the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            content = file.read()
    except OSError as error:
        raise _cannot("be read", path, error) from error
    return verify_lines(content, prev=prev, path=str(path), known=known)
