"""The workspace's ledger, ``reports/ledger.jsonl``: what was decided across runs, on one chain."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from golive.errors import Refused
from golive.record.chain import NOTHING, Actor, Record, Verification
from golive.record.clock import Clock, system_clock
from golive.record.journal import Journal, verify

__all__ = ["TYPES", "Ledger", "verify_ledger"]

#: Every type of entry. ``run`` names a run's journal head: ``{"run", "seq", "hash"}``, ``lock`` a
#: release's lock: ``{"release", "number", "sha256"}``.
TYPES = (
    "run", "lock", "import", "gate", "waiver", "signoff", "revoke", "decision", "redact", "anchor",
)  # fmt: skip


class Ledger:
    """The chained file of a workspace, shared by all its runs."""

    def __init__(self, journal: Journal) -> None:
        """Use :meth:`open`."""
        self._journal = journal

    @classmethod
    def open(cls, path: Path, *, clock: Clock = system_clock) -> Ledger:
        """Open the ledger, or begin it. Raise SetupError when neither can be done."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(Refused):  # another process was faster: its ledger is ours
                Journal.create(path, prev=NOTHING, clock=clock)
        return cls(Journal.open(path, prev=NOTHING, clock=clock))

    def append(
        self,
        type: str,  # noqa: A002 - the ledger's own word
        data: Mapping[str, Any],
        *,
        actor: Actor,
        expect: int | None = None,
    ) -> Record:
        """Add one entry and return it once it is on disk; errors as :meth:`Journal.append`.

        Raise ValueError for a type that is none of :data:`TYPES`.
        """
        if type not in TYPES:
            raise ValueError(f"'{type}' is none of the ledger's types: {', '.join(TYPES)}")
        return self._journal.append(type, data, actor=actor, expect=expect)

    def records(self) -> tuple[Record, ...]:
        """Return all entries. Raise Damaged naming the one that does not fit the chain."""
        return self._journal.records()

    @property
    def head(self) -> tuple[int, str]:
        """Number and hash of the newest entry; 0 and an empty text when there is none."""
        records = self.records()
        return (records[-1].seq, records[-1].hash) if records else (0, "")

    def known(self, run: str) -> Mapping[int, str]:
        """Return the hashes of a run's journal records that the ledger names, by number.

        With them :func:`golive.record.runs.verify_run` finds records cut off the journal's end.
        """
        return {
            int(record.data["seq"]): str(record.data["hash"])
            for record in self.records()
            if record.type == "run" and record.data.get("run") == run and "hash" in record.data
        }


def verify_ledger(path: Path, *, known: Mapping[int, str] | None = None) -> Verification:
    """Check the whole ledger. Raise SetupError when it cannot be read."""
    return verify(path, prev=NOTHING, known=known)
