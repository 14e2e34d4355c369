"""The digest of what a scenario says, by which a result is bound to its text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from golive.record.canonical import canonical, sha256_hex

__all__ = ["scenario_sha256"]


def scenario_sha256(
    scenario: Any, *, name: str, rule: str, language: str, tags: tuple[str, ...],
    row: Mapping[str, str], behind: Mapping[str, str],
) -> str:  # fmt: skip
    """Return the hex SHA-256 over sentences with their tables, tags and row; not over blanks.

    With them goes what stands ``behind`` them: the digests of concepts and files, by name.

    ``scenario`` is behave's own, its background's steps among its own; None for one without rows.
    """
    said: dict[str, Any] = {
        "name": name,
        "rule": rule,
        "language": language,
        "tags": list(tags),
        "row": dict(row),
        "steps": [_said(step) for step in scenario.all_steps] if scenario else [],
    }
    if behind:
        said["behind"] = dict(behind)
    return sha256_hex(canonical(said))


def _said(step: Any) -> list[Any]:
    """Return what a step says, as plain data: its kind, its words, its table or text."""
    table = step.table
    rows = [list(table.headings), *(list(row.cells) for row in table)] if table else []
    return [step.step_type, step.name, rows, str(step.text or "")]
