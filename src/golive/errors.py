"""One class per mistake: each knows its sentence and its exit code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

__all__ = [
    "Damaged",
    "ExitCode",
    "GoliveError",
    "Problem",
    "Refused",
    "SetupError",
    "SpecError",
    "Stopped",
    "worst",
]


class ExitCode(IntEnum):
    """What a golive command tells the shell."""

    PASSED = 0
    FAILED = 1
    REFUSED = 2
    BROKEN = 3
    STOPPED = 4
    BUG = 70


#: Over a set of results the first of these that occurs is the answer.
_PRECEDENCE = (
    ExitCode.BUG,
    ExitCode.REFUSED,
    ExitCode.FAILED,
    ExitCode.BROKEN,
    ExitCode.STOPPED,
    ExitCode.PASSED,
)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the exit code of a set: 70 > 2 > 1 > 3 > 4 > 0 (0 for an empty set)."""
    found = set(codes)
    return next((code for code in _PRECEDENCE if code in found), ExitCode.PASSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with one place, in one sentence, with the next action as hint."""

    subject: str
    message: str
    path: str = ""
    line: int = 0
    hint: str = ""
    #: A warning is shown and does not stop the command.
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}: " if self.line else f"{self.path}: " if self.path else ""
        subject = f"{self.subject}: " if self.subject else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{subject}{self.message}{hint}"


class GoliveError(Exception):
    """A mistake golive can explain; the command line prints it without a traceback."""

    exit_code = ExitCode.BROKEN

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))

    @classmethod
    def of(
        cls, subject: str, message: str, *, path: str = "", line: int = 0, hint: str = ""
    ) -> Self:
        """Build the error of a single problem."""
        return cls(Problem(subject=subject, message=message, path=path, line=line, hint=hint))


class SpecError(GoliveError):
    """A file the user wrote is wrong; carries every problem found, not just the first."""

    exit_code = ExitCode.REFUSED


class Refused(GoliveError):
    """The action is not allowed now; the hint says what is."""

    exit_code = ExitCode.REFUSED


class SetupError(GoliveError):
    """A tool, target, file or secret golive needs is not there."""

    exit_code = ExitCode.BROKEN


class Stopped(GoliveError):
    """An operator ended it before it was done."""

    exit_code = ExitCode.STOPPED


class Damaged(GoliveError):
    """A record does not verify; the subject names the record."""

    exit_code = ExitCode.FAILED
