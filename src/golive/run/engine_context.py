"""What an engine is given: its attempt, its secrets, and redacted ways to say and keep things."""

from __future__ import annotations

import mimetypes
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from golive.contracts import AttemptId, Environment
from golive.errors import SetupError
from golive.outcome import Evidence
from golive.project import SecretRef
from golive.record.evidence import EvidenceStore
from golive.record.redaction import Redactor
from golive.run.attempts import AttemptSpec

__all__ = ["WorkerContext", "engine_context", "read_secrets"]


def read_secrets(refs: tuple[SecretRef, ...], workspace: Path) -> dict[str, str]:
    """Return the values of the secrets that are there, by name.

    Raise SetupError when a secret's file may be read by others than its owner.
    """
    values: dict[str, str] = {}
    for ref in refs:
        if ref.env and ref.env in os.environ:
            values[ref.name] = os.environ[ref.env]
        elif ref.file:
            value = _read_secret_file(ref, workspace / ref.file)
            if value is not None:
                values[ref.name] = value
    return {name: value for name, value in values.items() if value}


def _read_secret_file(ref: SecretRef, path: Path) -> str | None:
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SetupError.of(
                f"secret '{ref.name}'",
                f"its file '{ref.file}' is open to other users",
                hint=f"run: chmod 600 {ref.file}",
            )
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError.of(
            f"secret '{ref.name}'", f"its file '{ref.file}' cannot be read"
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """The :class:`golive.contracts.Context` an engine gets: all it says and keeps is redacted."""

    folder: Path
    spec: AttemptSpec
    secrets: Mapping[str, str]
    redactor: Redactor

    @property
    def workspace(self) -> Path:
        """The workspace's root."""
        return self.spec.workspace

    @property
    def workdir(self) -> Path:
        """The attempt's ``work/`` folder."""
        return self.folder / "work"

    @property
    def environment(self) -> Environment:
        """Where the run acts."""
        return self.spec.environment

    @property
    def attempt(self) -> AttemptId:
        """Which try this is."""
        return self.spec.attempt

    @property
    def dry_run(self) -> bool:
        """True when nothing may change."""
        return self.spec.dry_run

    @property
    def language(self) -> str:
        """``en`` or ``zh``."""
        return self.spec.language

    def say(self, line: str) -> None:
        """Append one redacted line to ``log.txt``, in one write."""
        text = " ".join(self.redactor.text(line).splitlines())
        with (self.folder / "log.txt").open("ab", buffering=0) as log:
            log.write(f"{text}\n".encode())

    def keep(self, path: Path, *, name: str = "", media_type: str = "") -> Evidence:
        """Store a file as evidence, redacted; an unnamed media type is told from the name."""
        guessed = mimetypes.guess_type(name or path.name)[0] or "application/octet-stream"
        return EvidenceStore(self.workspace / "reports" / "evidence").keep(
            path,
            name=name or path.name,
            media_type=media_type or guessed,
            redactor=self.redactor,
        )


def engine_context(folder: Path, spec: AttemptSpec) -> WorkerContext:
    """Read the secrets and build the engine's context. Raise SetupError when one is unfit."""
    secrets = read_secrets(spec.secret_refs, spec.workspace)
    return WorkerContext(folder=folder, spec=spec, secrets=secrets, redactor=Redactor(secrets))
