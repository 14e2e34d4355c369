"""One pass over a feature's raw lines: what each is, and everything that is wrong with it."""

from __future__ import annotations

import re

from golive.uat.complaints import Complaints
from golive.uat.featuretext import BackgroundText, Examples, ScenarioText, StepText
from golive.uat.keywords import KEYWORDS, Keywords
from golive.uat.meant import meant_line, meant_step, own_word, structure
from golive.uat.rawtext import FENCES, declared_language, fold

__all__ = ["Scan"]

_WITH_STEPS = ("background", "scenario", "outline")


class Scan:
    """One pass over the lines of a file; what it found is in its attributes."""

    def __init__(self, path: str, text: str, language: str) -> None:
        self.path = path
        self.raw = text.splitlines()
        self.told = Complaints(path, language)
        self.name = ""
        self.backgrounds: list[BackgroundText] = []
        self.scenarios: list[ScenarioText] = []
        #: The backgrounds of the scenarios to come: the feature's, and with it the rule's.
        self.feature_before: tuple[BackgroundText, ...] = ()
        self.before: tuple[BackgroundText, ...] = ()
        self.in_rule = False
        #: What steps belong to here.
        self.holder: BackgroundText | ScenarioText | None = None
        self.lines: list[str] = []
        self.language = self._detect()
        if self.language != "en":
            self.told.language = self.language
        self.words: Keywords = KEYWORDS[self.language]
        self.section = ""
        self.fence = ""
        self.width = 0
        self.kind = ""
        self.background_kind = ""
        self.tag_line = 0
        self.in_steps = False
        #: Tags read and not yet given to anything; those of the feature and of the rule.
        self.tags: list[str] = []
        self.feature_tags: tuple[str, ...] = ()
        self.rule_tags: tuple[str, ...] = ()

    # -- what language it is

    def _detect(self) -> str:
        declared: str | None = None
        for line in self.raw:
            body = fold(line).text.strip()
            if body.startswith("#"):
                found = declared_language(body)
                declared = found if found is not None else declared
            for language, words in KEYWORDS.items():
                if any(body.startswith(f"{word}:") for word in words.feature):
                    return "zh-TW" if declared == "zh-TW" and language != "en" else language
        return declared or (
            "zh-CN" if any("\u4e00" <= c <= "\u9fff" for c in "".join(self.raw)) else "en"
        )

    # -- the pass

    def run(self) -> None:
        """Classify every line."""
        for number, raw in enumerate(self.raw, 1):
            if self.fence:
                self._inside_fence(number, raw)
                continue
            folded = fold(raw)
            if folded.changed:
                self.told.note(number, folded.changed)
            body = folded.text.strip()
            if declared_language(body) is not None and not self.section:
                self._check_declared(number, body)
                self.lines.append("#")
                continue
            self.lines.append(folded.text)
            if body and not body.startswith("#"):
                self._line(number, body)
        self._finish()

    def _inside_fence(self, number: int, raw: str) -> None:
        closing = fold(raw).text.strip()
        if closing.startswith(self.fence):
            self.lines.append(fold(raw).text)
            self.fence = ""
            return
        self.lines.append(raw.rstrip())
        if self.holder is not None and self.section in _WITH_STEPS:
            self.holder.arguments.append((number, raw))

    def _line(self, number: int, body: str) -> None:
        if body.startswith("@"):
            self._tags(number, body)
        elif body.startswith("|"):
            self._row(number, body)
        elif body.startswith(FENCES) and self.in_steps:
            self.fence = body[:3]
        elif (found := structure(body, self.words)) is not None:
            self._begin(number, *found)
        elif self.section in _WITH_STEPS and (step := self._step(body)) is not None:
            self._add_step(number, *step)
        else:
            self._other(number, body)

    def _tags(self, number: int, body: str) -> None:
        self.tag_line = number
        for word in body.split():
            if word.startswith("#"):
                break
            self.tags.append(word.removeprefix("@"))
            if not word.startswith("@") or "@" in word[1:] or "，" in word or "," in word:
                self.told.problem(
                    number,
                    f"'{word}' is no tag",
                    f"“{word}” 不是标签",
                    "write each tag with its own @ and a blank between two",
                    "每个标签以 @ 开头，标签之间用空格隔开",
                )

    def _begin(self, number: int, kind: str, name: str) -> None:
        self.in_steps, self.width = False, 0
        if kind in {"background", "feature"} and self.tag_line and kind == "background":
            self._tags_of_nothing()
        self.tag_line = 0
        tags, self.tags = tuple(self.tags), []
        if kind == "examples":
            self._begin_examples(number, name, tags)
            return
        self.section = kind
        self.kind = ""
        self.holder = None
        if kind == "feature":
            if self.name:
                self.told.problem(
                    number,
                    "a second feature stands in one file",
                    "一个文件里出现了第二个功能",
                    "move it to a file of its own",
                    "请把它移到单独的文件",
                )
            self.name = name or self.path
            self.feature_tags = tags
        elif kind == "rule":
            self.rule_tags = tags
            self.in_rule = True
            self.before = self.feature_before
        elif kind == "background":
            self.holder = BackgroundText(line=number)
            self.backgrounds.append(self.holder)
            self.before = (*self.feature_before, self.holder)
            if not self.in_rule:
                self.feature_before = self.before
        elif kind in {"scenario", "outline"}:
            self.kind = self.background_kind
            every = (*self.feature_tags, *self.rule_tags, *tags)
            self.holder = ScenarioText(
                line=number, name=name, outline=kind == "outline", tags=every,
                backgrounds=self.before,
            )  # fmt: skip
            self.scenarios.append(self.holder)

    def _begin_examples(self, number: int, name: str, tags: tuple[str, ...]) -> None:
        if self.section == "examples" or (self.scenarios and self.scenarios[-1].outline):
            self.section = "examples"
            self.scenarios[-1].examples.append(Examples(line=number, name=name, tags=tags))
            return
        self.told.problem(
            number,
            "examples stand under something that is no scenario outline",
            "例子没有写在场景大纲下面",
            f"write '{self.words.outline[0]}:' instead of '{self.words.scenario[-1]}:' above",
            f"请把上面的 “{self.words.scenario[0]}:” 改为 “{self.words.outline[0]}:”",
        )

    def _step(self, body: str) -> tuple[str, str] | None:
        if body.startswith("* "):
            return self.kind or "given", body[2:].strip()
        for word, kind in self.words.steps().items():
            if body.lower().startswith(word.lower()):
                return kind, body[len(word) :].strip()
        return None

    def _add_step(self, number: int, kind: str, text: str) -> None:
        self.width = 0
        if kind in {"and_", "but"}:
            if not self.kind:
                word = self.words.given[0].strip()
                self.told.problem(
                    number,
                    "a scenario cannot begin with this word",
                    "场景不能以这个词开头",
                    f"begin it with '{word}'",
                    f"请以 “{word}” 开头",
                )
            kind = self.kind or "given"
        self.kind = kind
        self.in_steps = True
        if self.section == "background":
            self.background_kind = kind
        if self.holder is not None:
            self.holder.steps.append(StepText(line=number, kind=kind, text=text))
        if self.tag_line:
            self._tags_of_nothing()

    def _row(self, number: int, body: str) -> None:
        cells = tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", body[1:-1]))
        if not body.endswith("|") or len(body) == 1:
            self.told.problem(
                number,
                "the row does not end with |",
                "表格行没有以 | 结尾",
                "add | at its end",
                "请在行尾加上 |",
            )
        elif self.width and len(cells) != self.width:
            self.told.problem(
                number,
                f"the row has {len(cells)} cells, the heading has {self.width}",
                f"这一行有 {len(cells)} 格，表头有 {self.width} 格",
                "give each column a cell, separated by |",
                "请用半角 | 分隔，每列一格",
            )
        elif self.section == "examples":
            self._example_row(number, cells)
        elif self.in_steps:
            if self.holder is not None:
                self.holder.arguments.append((number, body))
        else:
            self._no_step(number, body)
        self.width = self.width or len(cells)

    def _example_row(self, number: int, cells: tuple[str, ...]) -> None:
        table = self.scenarios[-1].examples[-1]
        if not table.header:
            table.header = cells
        else:
            table.rows.append((number, cells))

    # -- lines that are none of Gherkin's

    def _other(self, number: int, body: str) -> None:
        if self._wrong_structure(number, body):
            return
        if self.section in _WITH_STEPS and self._wrong_step(number, body):
            return
        if not self.section:
            self.told.problem(
                number,
                "the file does not begin with a feature",
                "文件没有以功能开头",
                "begin with 'Feature: …' or '功能: …'",
                "请以 “功能: …” 开头",
            )
            self.section = "lost"
        elif self.in_steps or self.section == "examples":
            self._no_step(number, body)
        elif self.tag_line:
            self._tags_of_nothing()

    def _wrong_structure(self, number: int, body: str) -> bool:
        """Find a line that was meant to begin a scenario and would become a remark."""
        right = meant_line(body, self.words, self.language)
        if not right:
            return False
        self.told.problem(
            number,
            f"'{body[:30]}' looks like '{right}:' and would be read as a remark",
            f"“{body[:30]}” 看起来是 “{right}:”，但会被当作说明文字而丢失",
            f"write '{right}: …', or begin a remark with #",
            f"请写成 “{right}: …”；如果是说明文字，请以 # 开头",
        )
        return True

    def _wrong_step(self, number: int, body: str) -> bool:
        """Find a line that was meant to be a step."""
        if (meant := meant_step(body, self.words, self.language)) is None:
            return False
        word, right = meant
        self.told.problem(
            number,
            f"'{word}' begins no step, the line would be lost",
            f"“{word}” 不是步骤的开头，这一行会丢失",
            f"write '{right}', or begin a remark with #",
            f"请改为 “{right}”；如果是说明文字，请以 # 开头",
        )
        return True

    def _no_step(self, number: int, body: str) -> None:
        words = [own_word(kind, self.words) for kind in ("given", "when", "then", "and_")]
        self.told.problem(
            number,
            f"'{body[:30]}' is no step",
            f"“{body[:30]}” 不是步骤",
            f"begin it with {', '.join(words)}, or with # for a remark",
            f"请以 {'、'.join(words)} 开头；说明文字请以 # 开头",
        )

    def _tags_of_nothing(self) -> None:
        self.told.problem(
            self.tag_line,
            "the tags belong to no scenario",
            "标签后面没有场景",
            "put them directly above a scenario",
            "请把标签写在场景的上一行",
        )
        self.tag_line = 0

    # -- what the whole file must have

    def _finish(self) -> None:
        if self.tag_line:
            self._tags_of_nothing()
        if self.fence:
            self.told.problem(
                len(self.raw),
                'a text opened with """ is not closed',
                '以 """ 开始的文字没有结束',
                'add """ on a line of its own',
                '请在单独一行加上 """',
            )
        if self.told.problems:
            return
        if not self.name:
            self.told.problem(
                1,
                "there is no feature in it",
                "文件里没有功能",
                "begin with 'Feature: …'",
                "请以 “功能: …” 开头",
            )
        elif not self.scenarios:
            self.told.problem(
                1,
                "there is no scenario in it",
                "文件里没有场景",
                f"add '{self.words.scenario[-1]}: …'",
                f"请加上 “{self.words.scenario[0]}: …”",
            )

    def _check_declared(self, number: int, body: str) -> None:
        declared = declared_language(body)
        if declared != self.language:
            self.told.problem(
                number,
                f"the language is not the one of the file's keywords ('{self.language}')",
                f"语言与文件所用的关键字（{self.language}）不一致",
                f"write '# language: {self.language}' or remove the line",
                f"请写成 “# language: {self.language}”，或删除这一行",
            )
