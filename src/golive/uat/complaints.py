"""What is wrong with a file, and what was read otherwise than it was typed: gathered by line."""

from __future__ import annotations

from golive.errors import Problem
from golive.uat.wording import say

__all__ = ["Complaints"]


class Complaints:
    """The problems and notes of one file, each said in one language."""

    def __init__(self, path: str, language: str) -> None:
        self.path = path
        #: The language of the sentences; the file's own once it is known.
        self.language = language
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []

    def problem(self, line: int, message: str, chinese: str, hint: str, chinese_hint: str) -> None:
        """Add what is wrong with a line and what to do about it, in both languages."""
        self.problems.append(
            Problem(
                subject="",
                message=say(self.language, message, chinese),
                path=self.path,
                line=line,
                hint=say(self.language, hint, chinese_hint),
            )
        )

    def note(self, line: int, changed: str) -> None:
        """Add that signs of a line were read as others: ``changed`` names them."""
        self.notes.append(
            Problem(
                subject="",
                message=say(
                    self.language,
                    f"read as typed on a plain keyboard: {changed}",
                    f"已按半角读取：{changed}",
                ),
                path=self.path,
                line=line,
                warning=True,
            )
        )
