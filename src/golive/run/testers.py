"""Who runs scenarios: the person named, as the team knows them, for the run's first record."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from golive.errors import Refused
from golive.gate.facts import Tester
from golive.project import Project
from golive.record.pins import PinDesk
from golive.run.freezing import RUNBOOK
from golive.runbook.loading import load_runbook

__all__ = ["find_tester", "tester_label"]

_SIMULATED, _TOKEN = "GOLIVE_SIMULATED", "GOLIVE_TOKEN"


def find_tester(
    project: Project, who: str, environ: Mapping[str, str] = os.environ
) -> Tester | None:
    """Return who runs scenarios; None when nobody is named.

    Raise Refused for somebody the team does not know, or whose PIN is not proven by a token.
    """
    if not who:
        return None
    if not (project.root / RUNBOOK).is_file():
        return Tester(person=who)
    team = load_runbook(project.root, RUNBOOK).team
    found = team.people.get(who)
    if found is None:
        hint = f"known: {', '.join(team.people)}"
        raise Refused.of(f"person '{who}'", "is not in the team", hint=hint)
    assurance = "simulated" if environ.get(_SIMULATED) == "1" else "claimed"
    if assurance == "claimed" and found.pin:
        desk = PinDesk.of(project.root)
        if desk.holder(environ.get(_TOKEN, ""), datetime.now(UTC)) != who:
            raise Refused.of(
                f"person '{who}'", "has a PIN, which a test run cannot ask for",
                hint=f"take a token (golive team token) and put it into {_TOKEN}",
            )  # fmt: skip
        assurance = "pin"
    return Tester(
        person=who, name=found.name, department=found.department, roles=team.roles_of(who),
        side=found.side, assurance=assurance,
    )  # fmt: skip


def tester_label(tester: Tester | None) -> dict[str, Any]:
    """Return a tester as a label of a run; nothing for none."""
    return {"tester": asdict(tester) | {"roles": list(tester.roles)}} if tester else {}
