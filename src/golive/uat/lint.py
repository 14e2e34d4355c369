"""What a scenario must have before it can prove anything: steps, a check, examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from golive.errors import Problem
from golive.uat.featuretext import FeatureText, ScenarioText
from golive.uat.keywords import KEYWORDS
from golive.uat.phrases import Phrasebook
from golive.uat.wording import say

__all__ = ["scenario_problems", "undefined_step"]

_PLACEHOLDER = re.compile(r"<([^<>\s][^<>]*)>")


def scenario_problems(
    feature: FeatureText, scenario: ScenarioText, book: Phrasebook, language: str = ""
) -> tuple[Problem, ...]:
    """Return why a scenario cannot be run as evidence; ``language`` is that of the sentences."""
    asked = Asker(feature, scenario, language or feature.language)
    if not scenario.steps:
        asked.no_steps()
    else:
        asked.no_check(book)
    if scenario.outline:
        asked.examples()
    return tuple(asked.problems)


class Asker:
    """Asks one scenario what it lacks."""

    def __init__(self, feature: FeatureText, scenario: ScenarioText, language: str) -> None:
        self.feature = feature
        self.scenario = scenario
        self.language = language
        self.words = KEYWORDS[feature.language]
        self.problems: list[Problem] = []

    def no_steps(self) -> None:
        """Say that a scenario with a title only proves nothing."""
        words = (self.words.given[0], self.words.when[0], self.words.then[0])
        shown = ", ".join(word.strip() for word in words)
        self._say(
            self.scenario.line,
            "has no steps, so it proves nothing",
            "没有步骤，不能作为验收证据",
            f"write its steps: {shown}",
            f"请写出步骤：{shown}",
        )

    def no_check(self, book: Phrasebook) -> None:
        """Say that nothing is checked: no Then, or only actions after it."""
        word = self.words.then[0].strip()
        checks = [step for step in self.scenario.steps if step.kind == "then"]
        if not checks:
            self._say(
                self.scenario.steps[-1].line,
                f"has no '{word}', so nothing is checked",
                "没有检查点（那么），不能作为验收证据"
                if word == "那么"
                else f"没有检查点（{word}）",
                f"add a line that begins with '{word}' and says what must be true",
                f"请加一行 “{word} …”，写明应当成立的结果",
            )
            return
        known = [book.matches(step.text) for step in checks]
        if all(found and not any(m.phrase.is_check for m in found) for found in known):
            self._say(
                checks[0].line,
                f"after '{word}' there are only actions, so nothing is checked",
                f"“{word}” 之后只有操作，没有检查",
                "say what must be seen, e.g. " + book.phrases[_see(book)].examples[0],
                "请写明应看到的结果，例如：" + book.phrases[_see(book)].examples[-1],
            )

    def examples(self) -> None:
        """Say that an outline without rows runs nothing, or uses a column that is not there."""
        word = self.words.examples[0]
        for table in self.scenario.examples:
            if not table.rows:
                self._say(
                    table.line,
                    f"'{word}' has no rows, so nothing is run",
                    f"“{word}” 没有数据行，一次也不会执行",
                    "add a row with values below the heading",
                    "请在表头下面加上数据行",
                )
            self._headings(table.header, table.line)
        if not self.scenario.examples:
            self._say(
                self.scenario.line,
                f"is an outline without '{word}', so nothing is run",
                f"是场景大纲，但没有 “{word}”，一次也不会执行",
                f"add '{word}:' and a table",
                f"请加上 “{word}:” 和表格",
            )

    def _headings(self, header: Sequence[str], line: int) -> None:
        texts = [(step.line, step.text) for step in self.scenario.steps]
        for place, text in (*texts, *self.scenario.arguments):
            for name in dict.fromkeys(_PLACEHOLDER.findall(text)):
                if header and name not in header:
                    self._say(
                        place,
                        f"'<{name}>' is no column of the examples on line {line}",
                        f"“<{name}>” 不是第 {line} 行例子的列",
                        f"the columns are: {', '.join(header)}",
                        f"现有的列：{'、'.join(header)}",
                    )

    def _say(self, line: int, message: str, chinese: str, hint: str, chinese_hint: str) -> None:
        subject = say(self.language, "scenario '{}'", "场景“{}”").format(self.scenario.name)
        self.problems.append(
            Problem(
                subject=subject,
                message=say(self.language, message, chinese),
                path=self.feature.path,
                line=line,
                hint=say(self.language, hint, chinese_hint),
            )
        )


def _see(book: Phrasebook) -> int:
    return next(i for i, phrase in enumerate(book.phrases) if phrase.is_check)


def undefined_step(sentence: str, language: str, near: Iterable[str]) -> tuple[str, str]:
    """Return message and hint for a sentence golive does not know."""
    listed = list(near)
    message = say(
        language, f"golive does not know the sentence '{sentence}'", f"没有这样的句子：{sentence}"
    )
    if not listed:
        return message, say(language, "see 'golive steps'", "请查看 golive steps 列出的句子")
    shown = " | ".join(listed)
    return message, say(language, f"did you mean: {shown}", f"您是不是想写：{shown}")
