"""What reading a runbook gives: the runbook, its team, warnings, and the digests it is bound to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from golive.errors import Problem
from golive.runbook.definition import Runbook, Team

__all__ = ["Loaded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A runbook that passed its lint, its team, the warnings, and the digests it is bound to."""

    runbook: Runbook
    team: Team
    warnings: tuple[Problem, ...]
    #: Workspace-relative path -> hex SHA-256 of every file a task names.
    digests: Mapping[str, str]
