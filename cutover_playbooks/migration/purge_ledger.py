"""Undo of load_ledger: deletes the journal from the new system."""

from __future__ import annotations

from databases import new
from job import start
from loading import purge

if __name__ == "__main__":
    tables = (new.journal_line, new.journal_entry)
    purge(start(__doc__ or ""), "ledger", tables)
