"""Check a rehearsal definition against its runbook; pure."""

from __future__ import annotations

from collections import Counter

from golive.errors import Problem, SpecError
from golive.runbook.definition import Rehearsal
from golive.runbook.drills import expand_drills
from golive.runbook.graph import find_cycle
from golive.runbook.loaded import Loaded
from golive.specfile import SpecDocument

__all__ = ["check_rehearsal"]


def check_rehearsal(rehearsal: Rehearsal, loaded: Loaded, document: SpecDocument) -> None:
    """Raise SpecError for an abort point, a neighbour or a role not there, a drill that tangles."""
    known = {task.id for task in loaded.runbook.tasks}
    problems = []
    if rehearsal.abort_at and rehearsal.abort_at not in known:
        problems.append(_unknown(document, ("abort_at",), "abort_at", rehearsal.abort_at))
    for index, drill in enumerate(rehearsal.drills):
        place = ("drills", index)
        for key in ("after", "before"):
            problems += [
                _unknown(document, (*place, key), f"drill '{drill.id}': {key}", name)
                for name in getattr(drill, key)
                if name not in known
            ]
        if drill.acknowledge not in loaded.team.roles:
            problems.append(
                Problem(
                    subject=f"drill '{drill.id}'",
                    message=f"acknowledge '{drill.acknowledge}' is not a role of the team",
                    path=document.path,
                    line=document.line((*place, "acknowledge")),
                    hint=f"known: {', '.join(loaded.team.roles)}",
                )
            )
    if not problems:
        problems += _tangled(rehearsal, loaded, document)
    if problems:
        raise SpecError(*problems)


def _tangled(rehearsal: Rehearsal, loaded: Loaded, document: SpecDocument) -> list[Problem]:
    """Return the problems of the plan with its drills put in: ids taken twice, a cycle."""
    tasks = expand_drills(loaded.runbook.tasks, rehearsal.drills)
    counts = Counter(task.id for task in tasks)
    cycle = find_cycle({task.id: [link.id for link in task.links] for task in tasks})
    found = [
        (f"task '{name}'", "is put in although there is one of that id", "rename the drill")
        for name, count in counts.items()
        if count > 1
    ]
    if cycle:
        shown = " -> ".join(cycle)
        found.append(("drills", f"make a task wait for itself: {shown}", "correct after or before"))
    return [
        Problem(
            subject=subject, message=message, path=document.path,
            line=document.line(("drills",)), hint=hint,
        )
        for subject, message, hint in found
    ]  # fmt: skip


def _unknown(
    document: SpecDocument, place: tuple[str | int, ...], subject: str, name: str
) -> Problem:
    return Problem(
        subject=subject,
        message=f"names '{name}', which is no task of the runbook",
        path=document.path,
        line=document.line(place),
        hint="correct the name",
    )
