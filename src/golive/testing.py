"""For plugin authors: a context that records what an engine says and keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from golive.contracts import AttemptId, Environment
from golive.outcome import Evidence

__all__ = ["RecordedContext"]


@dataclass(kw_only=True)
class RecordedContext:
    """A :class:`golive.contracts.Context` for tests: ``said`` and ``kept`` show what happened."""

    workspace: Path
    workdir: Path
    environment: Environment = field(
        default_factory=lambda: Environment(name="test", kind="test", targets={}, facts={})
    )
    attempt: AttemptId = field(
        default_factory=lambda: AttemptId(run="test-run", task="TASK", number="1")
    )
    dry_run: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict)
    language: str = "en"
    said: list[str] = field(default_factory=list)
    kept: list[Evidence] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Remember a line."""
        self.said.append(line)

    def keep(self, path: Path, *, name: str = "", media_type: str = "") -> Evidence:
        """Remember a file by its digest, without storing it."""
        content = path.read_bytes()
        evidence = Evidence(
            name=name or path.name,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            media_type=media_type or "application/octet-stream",
        )
        self.kept.append(evidence)
        return evidence
