"""A run by hand: a person does each step and judges it; every judgement is kept at once.

Judgements stand in ``judgements.jsonl``, one line each, appended and synced before the next step is
shown: a run that was stopped goes on where it was. A step whose text, or whose scenario, has
changed since is asked again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from golive.errors import Damaged
from golive.uat.behave.reading import Case
from golive.uat.results import BLOCKED, FAILED, PASSED, Result
from golive.uat.wording import say

__all__ = [
    "HUMAN",
    "Asked",
    "Judged",
    "Log",
    "judge_now",
    "left",
    "progress",
    "questions",
    "result_of",
]

#: How a judgement came about; no machine writes this word.
HUMAN = "human"
LOG = "judgements.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One step of one case, as a person is shown it."""

    case: str
    line: int
    #: The step with its keyword, tables below it line by line.
    text: str
    #: How many steps of the same words stand before it in its case.
    nth: int
    #: Whether it states something to be judged; the others are only to be done.
    is_check: bool

    @property
    def key(self) -> str:
        """The name its judgement is kept under."""
        return hashlib.sha256(f"{self.case}\0{self.nth}\0{self.text}".encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a person said about one step."""

    key: str
    case: str
    step: str
    #: ``pass`` or ``fail``; for a step to be done: that it could, or could not, be done.
    verdict: str
    person: str
    #: RFC 3339 in UTC.
    at: str
    comment: str = ""
    kind: str = HUMAN


def questions(case: Case) -> tuple[Asked, ...]:
    """Return a case's steps in order."""
    found: list[Asked] = []
    for step in case.scenario.all_steps:
        glue = " " if step.keyword.isascii() else ""
        lines = [f"{step.keyword}{glue}{step.name}"]
        if step.table is not None:
            rows = [step.table.headings, *(row.cells for row in step.table.rows)]
            lines += ["  | " + " | ".join(cells) + " |" for cells in rows]
        if step.text:
            lines += [f"  {line}" for line in step.text.splitlines()]
        text = "\n".join(lines)
        found.append(
            Asked(
                case=case.id,
                line=step.line or case.line,
                text=text,
                nth=sum(one.text == text for one in found),
                is_check=step.step_type == "then",
            )
        )
    return tuple(found)


class Log:
    """The judgements of one folder; the last about a step counts."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG

    def read(self) -> Mapping[str, Judged]:
        """Return the judgements by their key. Raise Damaged when a line is none."""
        if not self.path.is_file():
            return {}
        found: dict[str, Judged] = {}
        lines = self.path.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            try:
                judged = Judged(**json.loads(line))
            except (ValueError, TypeError) as error:
                if number == len(lines):
                    # The machine stopped while it was written; it is asked again.
                    continue
                raise Damaged.of(f"{LOG}:{number}", "is no judgement") from error
            found[judged.key] = judged
        return found

    def keep(self, judged: Judged) -> None:
        """Append a judgement; it is on the disk when this returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = not self.path.is_file() or self.path.read_bytes().endswith(b"\n")
        with self.path.open("a", encoding="utf-8") as file:
            # After a torn line a new one begins.
            file.write("" if whole or not file.tell() else "\n")
            file.write(json.dumps(asdict(judged), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


def judge_now(asked: Asked, verdict: str, person: str, comment: str = "") -> Judged:
    """Return a person's judgement of this moment."""
    return Judged(
        key=asked.key,
        case=asked.case,
        step=asked.text,
        verdict=verdict,
        person=person,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        comment=comment,
    )


def left(asked: Sequence[Asked], known: Mapping[str, Judged]) -> Iterator[Asked]:
    """Yield the steps still to be judged: none after one that failed."""
    for one in asked:
        judged = known.get(one.key)
        if judged is None:
            yield one
        elif judged.verdict == "fail":
            return


def result_of(case: Case, asked: Sequence[Asked], known: Mapping[str, Judged]) -> Result:
    """Return what people's judgements make of a case; one not judged to its end is not run."""
    judged = [known[one.key] for one in asked if one.key in known]
    wrong = next((one for one in judged if one.verdict == "fail"), None)
    status, message = PASSED, ""
    if wrong is not None:
        status = FAILED
        message = wrong.comment or say(case.language, "judged as not passed", "人工判定不通过")
    elif len(judged) < len(asked):
        status = BLOCKED
        message = say(
            case.language,
            f"judged to step {len(judged)} of {len(asked)}",
            f"已人工执行 {len(judged)} / {len(asked)} 步",
        )
    return Result(
        id=case.id,
        file=case.path,
        line=case.line,
        name=case.name,
        feature=case.feature,
        tags=case.tags,
        language=case.language,
        status=status,
        digest=case.digest,
        started=judged[0].at if judged else "",
        duration=_seconds(judged),
        message=message,
        step=wrong.step.splitlines()[0] if wrong else "",
        step_line=next((one.line for one in asked if wrong and one.key == wrong.key), 0),
        judgements=tuple(
            {name: str(value) for name, value in asdict(one).items()} for one in judged
        ),
    )


def _seconds(judged: Sequence[Judged]) -> float:
    if not judged:
        return 0.0
    first, last = (datetime.fromisoformat(one.at) for one in (judged[0], judged[-1]))
    return (last - first).total_seconds()


def progress(cases: Iterable[tuple[Case, Sequence[Asked]]], known: Mapping[str, Judged]) -> str:
    """Return how many steps are judged, of how many."""
    every = [one for _case, asked in cases for one in asked]
    return f"{sum(one.key in known for one in every)}/{len(every)}"
