"""Undo of extract and cleanse: removes the working files; tolerates nothing or half there."""

from __future__ import annotations

from job import say, start
from working_files import remove


def main() -> None:
    """Remove migration/extract and migration/cleansed."""
    job = start(__doc__ or "")
    removed = [name for name in ("cleansed", "extract") if remove(job.folder / "migration" / name)]
    for name in removed:
        job.done("files", f"remove-{name}")
    say(removed=removed)


if __name__ == "__main__":
    main()
