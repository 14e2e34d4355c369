"""From a verdict and what the session gathered to the result that is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from golive.uat.behave.reading import Case
from golive.uat.behave.verdict import Verdict
from golive.uat.person import Judgement, Question
from golive.uat.results import Result
from golive.uat.session import Session
from golive.uat.stage import short_id

__all__ = ["Begun", "result_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """One try at a case, and when it began."""

    case: Case
    attempt: int
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: Seconds of a clock that never goes back.
    clock: float = field(default_factory=perf_counter)


def result_of(out: Path, begun: Begun, verdict: Verdict, session: Session | None) -> Result:
    """Return what came of a try; technical details go into a file below ``out``."""
    case = begun.case
    details = ""
    if verdict.details:
        path = out / "details" / f"{short_id(case.id, begun.attempt)}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(verdict.details, encoding="utf-8")
        details = path.relative_to(out).as_posix()
    pictures = session.all_pictures if session else []
    return Result(
        id=case.id,
        file=case.path,
        line=case.line,
        name=case.name,
        feature=case.feature,
        tags=case.tags,
        language=case.language,
        status=verdict.status,
        digest=case.digest,
        started=begun.at.isoformat(),
        duration=round(perf_counter() - begun.clock, 3),
        message=verdict.message,
        step=verdict.step,
        step_line=verdict.step_line,
        screenshots=tuple(path.relative_to(out).as_posix() for path in pictures),
        details=details,
        target=session.target_used if session else "",
        quarantined=case.quarantined,
        resumed=session.resumed if session else "",
        judgements=tuple(_told(*one) for one in session.judged) if session else (),
        restricted=tuple(p.relative_to(out).as_posix() for p in session.traces) if session else (),
    )


def _told(question: Question, judged: Judgement) -> Mapping[str, str]:
    """Return a person's judgement as the record says it: it is never taken for the machine's."""
    return {
        "statement": question.statement,
        "line": str(question.line),
        "holds": "yes" if judged.holds else "no",
        "person": judged.person,
        "assurance": judged.assurance,
        "at": judged.at.isoformat(),
        "comment": judged.comment,
    }
