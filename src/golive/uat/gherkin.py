"""Read a feature's raw lines: what behave would silently drop is found here, with its line.

Nothing is taken from a parse tree: a line that looks like a scenario is counted as one, whatever
signs it was typed with, so that the count can be held against what is collected in the end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from golive.errors import Problem
from golive.plaintext import Undecodable, decode
from golive.uat.featuretext import Examples, FeatureText, ScenarioText, StepText
from golive.uat.keywords import KEYWORDS, WRONG_STEPS, WRONG_STRUCTURE, Keywords
from golive.uat.rawtext import DOCSTRING, declared_language, fold
from golive.uat.wording import say

__all__ = ["meant_structure", "read_feature", "read_features"]

_FENCES = (DOCSTRING, "'''")
_WITH_STEPS = ("background", "scenario", "outline")


def read_feature(content: bytes, path: str, *, language: str = "en") -> FeatureText:
    """Read one feature file. ``language`` is used for sentences until the file's own is known."""
    try:
        decoded = decode(content)
    except Undecodable as error:
        problem = Problem(
            subject="",
            message=say(
                language,
                f"is in no encoding golive reads: {error}",
                f"无法识别文件的编码：{error}",
            ),
            path=path,
            line=1,
            hint=say(language, "save it as UTF-8", "请另存为 UTF-8 编码"),
        )
        return FeatureText(path=path, language="en", encoding="", text="", problems=(problem,))
    scan = _Scan(path, decoded.text, language)
    scan.run()
    return FeatureText(
        path=path,
        language=scan.language,
        encoding=decoded.encoding,
        text="\n".join(scan.lines) + "\n",
        name=scan.name,
        scenarios=tuple(scan.scenarios),
        problems=tuple(scan.problems),
        notes=tuple(scan.notes),
    )


def read_features(root: Path, language: str = "en") -> tuple[FeatureText, ...]:
    """Read every feature file of a workspace, in the order of their paths."""
    return tuple(
        read_feature(path.read_bytes(), path.relative_to(root).as_posix(), language=language)
        for path in sorted((root / "features").rglob("*.feature"))
    )


class _Scan:
    """One pass over the lines of a file."""

    def __init__(self, path: str, text: str, language: str) -> None:
        self.path = path
        self.raw = text.splitlines()
        self.answer = language
        self.name = ""
        self.scenarios: list[ScenarioText] = []
        self.problems: list[Problem] = []
        self.notes: list[Problem] = []
        self.lines: list[str] = []
        self.language = self._detect()
        if self.language != "en":
            self.answer = self.language
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
                self._note(number, folded.changed)
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
        if self.scenarios and self.section in _WITH_STEPS:
            self.scenarios[-1].arguments.append((number, raw))

    def _line(self, number: int, body: str) -> None:
        if body.startswith("@"):
            self._tags(number, body)
        elif body.startswith("|"):
            self._row(number, body)
        elif body.startswith(_FENCES) and self.in_steps:
            self.fence = body[:3]
        elif (found := _structure(body, self.words)) is not None:
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
                self._problem(
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
            self._begin_examples(number)
            return
        self.section = kind
        self.kind = ""
        if kind == "feature":
            if self.name:
                self._problem(
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
            self.background_kind = self.background_kind or ""
        elif kind in {"scenario", "outline"}:
            self.kind = self.background_kind
            every = (*self.feature_tags, *self.rule_tags, *tags)
            self.scenarios.append(
                ScenarioText(line=number, name=name, outline=kind == "outline", tags=every)
            )

    def _begin_examples(self, number: int) -> None:
        if self.section == "examples" or (self.scenarios and self.scenarios[-1].outline):
            self.section = "examples"
            self.scenarios[-1].examples.append(Examples(line=number))
            return
        self._problem(
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
                self._problem(
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
        else:
            self.scenarios[-1].steps.append(StepText(line=number, kind=kind, text=text))
        if self.tag_line:
            self._tags_of_nothing()

    def _row(self, number: int, body: str) -> None:
        cells = tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", body[1:-1]))
        if not body.endswith("|") or len(body) == 1:
            self._problem(
                number,
                "the row does not end with |",
                "表格行没有以 | 结尾",
                "add | at its end",
                "请在行尾加上 |",
            )
        elif self.width and len(cells) != self.width:
            self._problem(
                number,
                f"the row has {len(cells)} cells, the heading has {self.width}",
                f"这一行有 {len(cells)} 格，表头有 {self.width} 格",
                "give each column a cell, separated by |",
                "请用半角 | 分隔，每列一格",
            )
        elif self.section == "examples":
            self._example_row(number, cells)
        elif self.in_steps:
            if self.section != "background":
                self.scenarios[-1].arguments.append((number, body))
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
            self._problem(
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
        match = re.match(r"([^\s:：\"“「|]{1,20}(?: [A-Za-z]+)?)\s*[:：﹕︰∶]", body)
        right = meant_structure(match[1], self.words, self.language) if match else ""
        if not match:
            bare = re.match(r"(\S+(?: (?:Outline|Template))?)(?:[\s\u3000]+\S|$)", body)
            word = bare[1] if bare else ""
            right = word if word in self.words.structure() else ""
        if not right:
            return False
        self._problem(
            number,
            f"'{body[:30]}' looks like '{right}:' and would be read as a remark",
            f"“{body[:30]}” 看起来是 “{right}:”，但会被当作说明文字而丢失",
            f"write '{right}: …', or begin a remark with #",
            f"请写成 “{right}: …”；如果是说明文字，请以 # 开头",
        )
        return True

    def _wrong_step(self, number: int, body: str) -> bool:
        for language in dict.fromkeys((self.language, *KEYWORDS)):
            others = {} if language == self.language else KEYWORDS[language].steps()
            pairs = dict(WRONG_STEPS[language]) | {
                word: self._own_word(kind) for word, kind in others.items()
            }
            for word, right in sorted(pairs.items(), key=lambda pair: -len(pair[0])):
                if body.startswith(word):
                    self._problem(
                        number,
                        f"'{word.strip()}' begins no step, the line would be lost",
                        f"“{word.strip()}” 不是步骤的开头，这一行会丢失",
                        f"write '{right}', or begin a remark with #",
                        f"请改为 “{right}”；如果是说明文字，请以 # 开头",
                    )
                    return True
        return False

    def _own_word(self, kind: str) -> str:
        return str(getattr(self.words, kind)[0]).strip()

    def _no_step(self, number: int, body: str) -> None:
        words = [self._own_word(kind) for kind in ("given", "when", "then", "and_")]
        self._problem(
            number,
            f"'{body[:30]}' is no step",
            f"“{body[:30]}” 不是步骤",
            f"begin it with {', '.join(words)}, or with # for a remark",
            f"请以 {'、'.join(words)} 开头；说明文字请以 # 开头",
        )

    def _tags_of_nothing(self) -> None:
        self._problem(
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
            self._problem(
                len(self.raw),
                'a text opened with """ is not closed',
                '以 """ 开始的文字没有结束',
                'add """ on a line of its own',
                '请在单独一行加上 """',
            )
        if self.problems:
            return
        if not self.name:
            self._problem(
                1,
                "there is no feature in it",
                "文件里没有功能",
                "begin with 'Feature: …'",
                "请以 “功能: …” 开头",
            )
        elif not self.scenarios:
            self._problem(
                1,
                "there is no scenario in it",
                "文件里没有场景",
                f"add '{self.words.scenario[-1]}: …'",
                f"请加上 “{self.words.scenario[0]}: …”",
            )

    def _check_declared(self, number: int, body: str) -> None:
        declared = declared_language(body)
        if declared != self.language:
            self._problem(
                number,
                f"the language is not the one of the file's keywords ('{self.language}')",
                f"语言与文件所用的关键字（{self.language}）不一致",
                f"write '# language: {self.language}' or remove the line",
                f"请写成 “# language: {self.language}”，或删除这一行",
            )

    # -- saying it

    def _problem(self, line: int, message: str, chinese: str, hint: str, chinese_hint: str) -> None:
        self.problems.append(
            Problem(
                subject="",
                message=say(self.answer, message, chinese),
                path=self.path,
                line=line,
                hint=say(self.answer, hint, chinese_hint),
            )
        )

    def _note(self, line: int, changed: str) -> None:
        self.notes.append(
            Problem(
                subject="",
                message=say(
                    self.answer,
                    f"read as typed on a plain keyboard: {changed}",
                    f"已按半角读取：{changed}",
                ),
                path=self.path,
                line=line,
                warning=True,
            )
        )


def _structure(body: str, words: Keywords) -> tuple[str, str] | None:
    for word, kind in words.structure().items():
        if body.startswith(f"{word}:"):
            return kind, body[len(word) + 1 :].strip()
    return None


def _candidates(words: Keywords, language: str) -> Iterator[tuple[str, str]]:
    """Yield what may be typed and the word of this language that is meant."""
    own = words.structure()
    yield from ((word, word) for word in own)
    for other in KEYWORDS.values():
        for word, kind in other.structure().items():
            if word not in own:
                yield word, getattr(words, kind)[-1 if language == "en" else 0]
    yield from WRONG_STRUCTURE[language].items()


def meant_structure(typed: str, words: Keywords, language: str) -> str:
    """Return the keyword that was meant by a word before a colon; empty when none was."""
    known = dict(_candidates(words, language))
    lower = {word.lower(): right for word, right in known.items()}
    if typed.lower() in lower:
        return lower[typed.lower()]
    near = get_close_matches(typed.lower(), lower, n=1, cutoff=0.8)
    return lower[near[0]] if near else ""
