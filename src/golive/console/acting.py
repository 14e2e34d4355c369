"""Press a button of a page: who presses proves it by PIN, and the guards are the command line's.

A page is believed only when this server made it and its browser says that it came from there; a
person only with the PIN, whatever the run. So nothing another site makes a browser send does
anything.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs

from golive.console.views import VERBS
from golive.errors import Refused
from golive.project import Project
from golive.record.actors import this_actor
from golive.record.pins import PinDesk
from golive.run.opening import read_plan
from golive.run.operate import act_on_task, open_desk
from golive.runbook.definition import Team
from golive.runbook.presses import Press
from golive.specfile import build, read_yaml

__all__ = ["LARGEST", "Pressed", "is_own", "press", "read_press"]

#: Bytes of a form; a longer one is none of ours.
LARGEST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """What a form says."""

    task: str
    verb: str
    person: str
    reason: str
    pin: str
    token: str


def read_press(body: bytes) -> Pressed:
    """Read a form; what it does not say, or says at too great a length, is empty."""
    try:
        found = parse_qs(body.decode("utf-8"), max_num_fields=20) if len(body) <= LARGEST else {}
    except ValueError:
        found = {}
    one = {key: values[0].strip() for key, values in found.items()}
    return Pressed(**{
        name: one.get(name, "") for name in ("task", "verb", "person", "reason", "pin", "token")
    })  # fmt: skip


def is_own(headers: Mapping[str, str], token: str, wanted: str) -> bool:
    """Tell whether a form comes from a page this server made, by its token and its browser."""
    same = headers.get("origin") == f"http://{headers.get('host', '')}"
    beside = headers.get("sec-fetch-site", "same-origin") == "same-origin"
    return same and beside and hmac.compare_digest(token.encode(), wanted.encode())


def press(project: Project, folder: Path, pressed: Pressed, now: datetime) -> None:
    """Do what was pressed. Raise Refused, saying why and what is allowed now."""
    if pressed.verb not in VERBS or not (pressed.task and pressed.person and pressed.pin):
        raise Refused.of(
            "this form", "lacks who, the PIN, the task or what to do with it",
            hint="fill it in and press again",
        )  # fmt: skip
    named = read_plan(folder).runbook.team
    team = build(Team, read_yaml(project.root / named, shown_as=named))
    found = team.people.get(pressed.person)
    if found is None or not found.pin:
        raise Refused.of(
            f"person '{pressed.person}'", "has no PIN, and a page believes nobody without one",
            hint=f"golive team pin {pressed.person}",
        )  # fmt: skip
    PinDesk.of(project.root).check(pressed.person, found.pin, pressed.pin, now)
    desk = open_desk(folder, this_actor(pressed.person, assurance="pin"))
    act_on_task(desk, pressed.task, Press(verb=pressed.verb, person="", reason=pressed.reason))
