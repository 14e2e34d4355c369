"""What a scenario that waits for a person had done so far, so that the next run goes on from there.

``held/<scenario>.json`` beside the questions keeps what was remembered, whose window showed which
page, and where the scenario stood. It counts for the same text of the scenario and the same build;
else the scenario begins anew and says why. Nothing is held that a new page could not show again:
fields entered and not yet sent, a second page, what the workspace's own code keeps on the context.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from golive.errors import Damaged
from golive.record.canonical import write_atomic
from golive.uat.person import Held, Judgement, Question
from golive.uat.session import Session

__all__ = ["HELD", "Subject", "hold", "let_go", "look_up", "passes_over", "standing_now"]

#: Where they are kept, beside the questions.
HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a held scenario is bound to: the digest of its text with its row, and the build."""

    digest: str
    build: str


def standing_now(session: Session, question: Question) -> Held | None:
    """Return how a scenario stands at a question; None where it cannot be taken up again."""
    if not session.may_be_held() or session.downloads:
        return None
    base = session.site.target.url
    addresses: dict[str, str] = {}
    for role, window in session.windows.items():
        url = window.page.url
        if window.entries or len(window.screens) > 1 or not url.startswith(f"{base}/"):
            return None
        addresses[role] = url.removeprefix(base)
    given = session.given
    return Held(
        question=question,
        place=session.place,
        remembered={k: v for k, v in session.remembered.items() if k not in given},
        role=session.role,
        addresses=addresses,
        judged=tuple(session.judged),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def passes_over(session: Session) -> bool:
    """Return whether the step being run was done before the scenario waited.

    At the first that was not, its windows are opened again where they stood.
    """
    held = session.held
    if held is None:
        return False
    if session.place < held.place:
        # A concept the question stands in is gone into.
        return held.place[: len(session.place)] != session.place
    session.held, session.asked = None, held.question
    for role, path in held.addresses.items():
        if role:
            session.sign_in(role)
        session.role = role
        session.goto(path)
        session.screen.settle()
    session.role = held.role
    return False


# -- the file


def _path(folder: Path, scenario: str) -> Path:
    return folder / HELD / f"{hashlib.sha256(scenario.encode()).hexdigest()[:16]}.json"


def hold(folder: Path, held: Held, subject: Subject) -> None:
    """Keep how a scenario stands."""
    path = _path(folder, held.question.scenario)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {
        "held": asdict(held),
        "subject": asdict(subject),
    }
    text = json.dumps(data, ensure_ascii=False, indent=1, default=datetime.isoformat)
    write_atomic(path, f"{text}\n".encode())


def look_up(folder: Path, scenario: str) -> tuple[Held, Subject] | None:
    """Return how a scenario stood, and what that is bound to. Raise Damaged for a bad file."""
    path = _path(folder, scenario)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return _held(data["held"]), Subject(**data["subject"])
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise Damaged.of(
            "held scenario", "is no JSON of one", path=str(path), hint="move the file away"
        ) from error


def _held(data: Mapping[str, Any]) -> Held:
    judged = tuple(
        (
            Question(**asked),
            Judgement(**{**said, "at": datetime.fromisoformat(said["at"])}),
        )
        for asked, said in data["judged"]
    )
    return Held(
        **{
            **data,
            "question": Question(**data["question"]),
            "place": tuple(data["place"]),
            "judged": judged,
        }
    )


def let_go(folder: Path, scenario: str) -> None:
    """Forget how a scenario stood."""
    _path(folder, scenario).unlink(missing_ok=True)
