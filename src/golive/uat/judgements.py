"""What people are asked in a scenario and what they answered, kept as files until it is used.

``questions/<key>.json`` stands while a scenario waits, ``answers/<key>.json`` once a person judged.
A scenario that comes to the question again takes the answer and goes on; both then move to
``settled/``. An answer about another build of the system is none. Silence is none.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from golive.errors import Damaged, Refused
from golive.record.canonical import write_atomic
from golive.uat.person import Judgement, Question

__all__ = ["Judgements", "OpenQuestion", "answer", "open_questions", "people_folder", "settle"]

#: Seconds between two looks for an answer.
_LOOK_EVERY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A question somebody is waiting for; ``asked`` is RFC 3339 in UTC."""

    key: str
    scenario: str
    line: int
    statement: str
    role: str
    #: Version of the system the question is about; empty when it tells none.
    build: str
    asked: str
    answered: bool


def people_folder(root: Path) -> Path:
    """Return where a workspace keeps questions and answers."""
    return root / "reports" / "uat" / "people"


class Judgements:
    """A :class:`golive.uat.person.Witness` over files, for one scenario's system."""

    def __init__(
        self,
        folder: Path,
        build: Callable[[], str],
        *,
        wait: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Ask in ``folder`` and wait at most ``wait`` seconds for each answer."""
        self._folder = folder
        self._build = build
        self._wait = wait
        self._clock = clock
        self._sleep = sleep

    def judgement(self, question: Question) -> Judgement | None:
        """Return the person's judgement about this build, asking when there is none yet."""
        build = self._build()
        deadline = self._clock() + self._wait
        while (found := self._answered(question.key, build)) is None:
            self._ask(question, build)
            if self._clock() >= deadline:
                return None
            self._sleep(_LOOK_EVERY)
        return found

    def _answered(self, key: str, build: str) -> Judgement | None:
        path = self._folder / "answers" / f"{key}.json"
        data = _read(path)
        if data is None:
            return None
        if data["build"] != build:
            settle(self._folder, key)
            return None
        return Judgement(
            holds=bool(data["holds"]),
            person=str(data["person"]),
            at=datetime.fromisoformat(data["at"]),
            comment=str(data["comment"]),
            assurance=str(data["assurance"]),
        )

    def _ask(self, question: Question, build: str) -> None:
        path = self._folder / "questions" / f"{question.key}.json"
        asked = _read(path)
        if asked is not None and asked["build"] == build:
            return
        _write(
            path,
            {
                "scenario": question.scenario,
                "line": question.line,
                "statement": question.statement,
                "role": question.role,
                "build": build,
                "asked": datetime.now(UTC).isoformat(),
            },
        )


def open_questions(folder: Path) -> tuple[OpenQuestion, ...]:
    """Return the questions scenarios wait for, the oldest first. Raise Damaged for a bad file."""
    found = []
    for path in sorted((folder / "questions").glob("*.json")):
        data = _read(path)
        if data is not None:
            answered = (folder / "answers" / path.name).is_file()
            found.append(OpenQuestion(key=path.stem, answered=answered, **data))
    return tuple(sorted(found, key=lambda one: one.asked))


def answer(
    folder: Path,
    key: str,
    *,
    holds: bool,
    person: str,
    assurance: str,
    comment: str = "",
    at: datetime | None = None,
) -> OpenQuestion:
    """Keep a person's judgement and return the question it is about.

    ``key`` may be its beginning. Raise Refused when no such question is open or somebody answered
    it before.
    """
    asked = [one for one in open_questions(folder) if one.key.startswith(key)]
    if len(asked) != 1 or not key:
        known = ", ".join(one.key for one in open_questions(folder)) or "none"
        raise Refused.of(
            f"question '{key}'",
            "is not open" if not asked else "can be one of several",
            hint=f"open: {known}",
        )
    (question,) = asked
    data = {
        "holds": holds,
        "person": person,
        "assurance": assurance,
        "comment": comment,
        "at": (at or datetime.now(UTC)).isoformat(),
        "build": question.build,
    }
    path = folder / "answers" / f"{question.key}.json"
    draft = path.with_name(f".{question.key}.{os.getpid()}")
    _write(draft, data)
    try:
        # A link is made or not: of two people who answer at once the second is told.
        os.link(draft, path)
    except FileExistsError as error:
        first = _read(path) or {}
        raise Refused.of(
            f"question '{question.key}'",
            f"was answered by {first.get('person', 'somebody')} already",
            hint="run the scenario again: it uses that answer",
        ) from error
    finally:
        draft.unlink()
    return question


def settle(folder: Path, key: str) -> None:
    """Move a question and its answer to ``settled/``."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    for kind in ("questions", "answers"):
        path = folder / kind / f"{key}.json"
        if path.is_file():
            target = folder / "settled" / f"{key}-{stamp}-{kind}.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)


def _read(path: Path) -> dict[str, Any] | None:
    """Return a file's object; None when there is no file. Raise Damaged when it holds no object."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise Damaged.of(
            "judgement", "is no JSON", path=str(path), hint="move the file away and answer anew"
        ) from error


def _write(path: Path, data: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode())
