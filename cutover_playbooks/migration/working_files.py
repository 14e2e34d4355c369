"""A folder of working files appears whole or not at all, made once, by one attempt."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from job import effects, read_json, refuse, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from job import Job

STAMP = "made_by.json"


def draft_of(job: Job, target: Path) -> Path | None:
    """Give an empty folder to write into, or None when this task already made `target`.

    What an earlier attempt of the same task made is whole (it got its name last) and is kept.
    Refuses when another task or run made it: whoever wants it again removes it first.
    """
    if target.exists():
        maker = read_json(target / STAMP)["attempt"]
        if effects.same_task(maker, job.attempt):
            return None
        refuse(f"'{target}' was already made by '{maker}' (remove it first)")
    draft = _draft_path(target)
    shutil.rmtree(draft, ignore_errors=True)  # what a killed run left
    draft.mkdir(parents=True)
    return draft


def publish(job: Job, draft: Path, target: Path) -> None:
    """Stamp the draft with the attempt and give it its name."""
    write_json(draft / STAMP, {"attempt": job.attempt})
    draft.rename(target)


def remove(target: Path) -> bool:
    """Remove the folder and what a killed run left of it; tell whether anything was there."""
    found = False
    for path in (target, _draft_path(target)):
        if path.exists():
            shutil.rmtree(path)
            found = True
    return found


def _draft_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.unfinished")
