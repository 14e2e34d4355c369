"""Read runs for the pages: anew whenever a byte of their record may have changed, else as known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from golive.errors import GoliveError
from golive.record.runs import journal_path, list_runs
from golive.run.opening import read_run
from golive.run.state import RunState

__all__ = ["Listed", "Reader"]

Marks = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One run of the list: its state, or what keeps golive from reading it."""

    name: str
    state: RunState | None = None
    error: GoliveError | None = None

    @property
    def mark(self) -> str:
        """Return what changes whenever the row does."""
        return f"{self.name} {self.state.head_hash if self.state else self.error}"


class Reader:
    """The runs below one folder; shared by the server's threads."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, tuple[Marks, RunState]] = {}

    def folder(self, name: str) -> Path | None:
        """Return the folder of the run of exactly this name; None when there is none."""
        return next((path for path in list_runs(self._root) if path.name == name), None)

    def runs(self) -> tuple[Listed, ...]:
        """Return every run, newest first; a damaged one keeps no other from being listed."""
        return tuple(self._listed(path) for path in reversed(list_runs(self._root)))

    def state(self, folder: Path) -> RunState:
        """Return a run's state. Raise Damaged naming the record, SetupError when unreadable."""
        marks = _marks(folder)
        known = self._known.get(folder.name)
        if known is None or known[0] != marks:
            # The marks are older than what is read: a record appended meanwhile is read again.
            known = marks, read_run(folder)
            self._known[folder.name] = known
        return known[1]

    def _listed(self, folder: Path) -> Listed:
        try:
            return Listed(name=folder.name, state=self.state(folder))
        except GoliveError as error:
            return Listed(name=folder.name, error=error)


def _marks(folder: Path) -> Marks:
    """Return what no write to the journal or the plan leaves as it was."""
    found = []
    for path in (journal_path(folder), folder / "plan.json"):
        try:
            seen = path.stat()
            found.append((seen.st_ino, seen.st_size, seen.st_mtime_ns))
        except OSError:
            found.append((0, 0, 0))
    return tuple(found)
