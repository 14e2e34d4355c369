"""The evidence store: files named by their content, written once, redacted before they are hashed.

``<root>/sha256/ab/cdef...`` holds the file whose SHA-256 is ``abcdef...``.
"""

from __future__ import annotations

import hashlib
import mimetypes
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from golive.errors import Damaged, Problem, SetupError
from golive.outcome import Evidence
from golive.record.canonical import sha256_file, sync_folder
from golive.record.redaction import Redactor

__all__ = ["EvidenceStore"]

_CHUNK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNKNOWN = "application/octet-stream"


class EvidenceStore:
    """A folder of evidence, ``<workspace>/reports/evidence``, shared by any number of processes."""

    def __init__(self, root: Path) -> None:
        """Use the store at ``root``; its folders are made with the first file."""
        self.root = root

    def keep(
        self, path: Path, *, name: str = "", media_type: str = "", redactor: Redactor | None = None
    ) -> Evidence:
        """Store a copy of a file and return how to name it; the file itself is left alone.

        ``name`` defaults to the file's own, ``media_type`` to what the name tells. With a redactor
        the whole file is read into memory. Raise SetupError when it cannot be read or stored,
        Damaged when the store already holds something else under this digest.
        """
        with self._named() as changed:
            return self._keep(path, name or path.name, media_type, redactor, changed)

    def keep_all(
        self, files: Iterable[tuple[Path, str]], *, redactor: Redactor | None = None
    ) -> tuple[Evidence, ...]:
        """Store many files, each with its name, as ``keep`` does; all are on disk at the end.

        Their folders are brought onto the disk once each, not for every file.
        """
        with self._named() as changed:
            return tuple(self._keep(path, name, "", redactor, changed) for path, name in files)

    @contextmanager
    def _named(self) -> Iterator[set[Path]]:
        """Gather the folders in which files get their names; then bring them onto the disk."""
        changed: set[Path] = set()
        try:
            yield changed
        finally:
            with _explained("evidence store", self.root):
                for folder in changed:
                    sync_folder(folder)

    def _keep(
        self, path: Path, shown: str, media_type: str, redactor: Redactor | None, changed: set[Path]
    ) -> Evidence:
        with _explained(f"evidence '{shown}'", path):
            sha256, size = self._store(path, redactor, changed)
        guessed = mimetypes.guess_type(shown)[0] or _UNKNOWN
        return Evidence(
            name=redactor.text(shown) if redactor else shown,
            sha256=sha256,
            size=size,
            media_type=media_type or guessed,
        )

    def path(self, sha256: str) -> Path:
        """Return where content of this digest is, or would be. Raise ValueError for no digest."""
        if not _DIGEST.fullmatch(sha256):
            raise ValueError(f"'{sha256}' is not a SHA-256 in lower-case hex")
        return self.root / "sha256" / sha256[:2] / sha256[2:]

    def verify(self, evidence: Evidence) -> Problem | None:
        """Tell what is wrong with stored evidence: missing, another size, another content."""
        try:
            path = self.path(evidence.sha256)
            size = path.stat().st_size
            found = sha256_file(path)
        except FileNotFoundError:
            return self._problem(evidence, "is missing from the evidence store")
        except (OSError, ValueError) as error:
            return self._problem(evidence, f"cannot be read: {error}")
        if found != evidence.sha256:
            return self._problem(evidence, f"has changed: its content is now {found}")
        if size != evidence.size:
            return self._problem(evidence, f"has {size} bytes, its record says {evidence.size}")
        return None

    def _problem(self, evidence: Evidence, message: str) -> Problem:
        return Problem(
            subject=f"evidence '{evidence.name}'",
            message=f"{message} (sha256 {evidence.sha256})",
            path=str(self.root),
            hint="restore the file from a backup, or run the check again",
        )

    def _store(self, path: Path, redactor: Redactor | None, changed: set[Path]) -> tuple[str, int]:
        """Write the content to a draft, then give it its name; return digest and size in bytes."""
        folder = self.root / "sha256"
        folder.mkdir(parents=True, exist_ok=True)
        with _draft(folder) as draft:
            sha256, size = _write(path, draft, redactor)
            target = self.path(sha256)
            if target.exists():
                _refuse_other(target, sha256)
            else:
                target.parent.mkdir(exist_ok=True)
                # Two processes keeping the same content replace it by itself.
                draft.replace(target)
                changed |= {target.parent, folder}
        return sha256, size


@contextmanager
def _explained(subject: str, path: Path) -> Iterator[None]:
    """Say what cannot be kept. Raise SetupError for an OSError."""
    try:
        yield
    except OSError as error:
        raise SetupError.of(
            subject,
            f"cannot be kept: {error.strerror}",
            path=str(error.filename or path),
            hint="check that the file exists and that the disk has room",
        ) from error


def _refuse_other(target: Path, sha256: str) -> None:
    if sha256_file(target) != sha256:
        raise Damaged.of(
            f"evidence {sha256}",
            "is already in the store, but its content has changed",
            path=str(target),
            hint="find out who changed it, then restore it from a backup",
        )


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """Give the path of a file that is not there yet, and remove it if it is there at the end."""
    path = folder / f".{os.getpid()}-{secrets.token_hex(8)}.draft"
    try:
        yield path
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


def _write(path: Path, draft: Path, redactor: Redactor | None) -> tuple[str, int]:
    """Copy a file's (redacted) content onto the disk, read-only; return its digest and size."""
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    digest, size = hashlib.sha256(), 0
    with os.fdopen(descriptor, "wb") as stored:
        for piece in _pieces(path, redactor):
            stored.write(piece)
            digest.update(piece)
            size += len(piece)
        stored.flush()
        os.fchmod(descriptor, 0o444)
        os.fsync(descriptor)
    return digest.hexdigest(), size


def _pieces(path: Path, redactor: Redactor | None) -> Iterator[bytes]:
    if redactor:
        # A secret may lie across any border of two pieces, so there is one piece.
        yield redactor.data(path.read_bytes())
        return
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece
