"""One thing a run does next; what the executor makes real and the simulator plays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Move"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Something the executor shall do next. ``verb`` is a key of ``golive.run.moves``."""

    verb: str
    task: str = ""
    number: str = ""
    role: str = ""
    reason: str = ""
    #: Until when a person has to decide; aware UTC.
    decide_by: datetime | None = None
