"""From a sheet's cases to features, one for each module; misunderstandings by their cell. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from golive.errors import Problem
from golive.uat.advice import requirement_of
from golive.uat.cases.columns import HEADINGS
from golive.uat.cases.reading import CellLine, SheetCase
from golive.uat.keywords import KEYWORDS
from golive.uat.lint import undefined_step
from golive.uat.phrases import Phrasebook
from golive.uat.wording import is_chinese, say

__all__ = ["CASE_TAG", "KINDS", "PRIORITY_TAG", "Imported", "import_cases"]

#: ``@case:TC-1`` leads from a result back to its row.
CASE_TAG = "case:"
PRIORITY_TAG = "priority:"
_BRACES = re.compile(r"(?<!\\)\{([^{}]+)\}")
#: Sentences that take the lines below them as rows.
_WITH_ROWS = frozenset({"fill-in", "form-shows", "form-has", "table-contains", "add-rows"})
_PAIR = re.compile(r"^([^=＝:：|“”\"]{1,40})\s*[=＝:：]\s*(.*)$")
#: The tag of each kind of case that is not the ordinary one, and the words that mean it.
KINDS = (
    ("异常", ("异常", "反向", "反例", "负向", "negative", "error", "exception")),
    ("边界", ("边界", "boundary", "edge")),
)
_SAFE = re.compile(r"[^\w\-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One feature file made from a sheet; ``path`` is below features/."""

    path: str
    text: str
    cases: int


def import_cases(
    cases: Sequence[SheetCase],
    book: Phrasebook,
    *,
    sheet: str,
    stem: str,
    language: str,
    own: Callable[[str], bool] = lambda _sentence: False,
) -> tuple[tuple[Imported, ...], tuple[Problem, ...]]:
    """Write one feature for each module, and say what was not understood, by its cell.

    ``sheet`` is the file's name for problems, ``stem`` the feature's; ``own`` tells whether a
    sentence is one of the workspace's Python phrases.
    """
    modules: dict[str, list[SheetCase]] = defaultdict(list)
    for case in cases:
        modules[case.module or stem].append(case)
    problems: list[Problem] = []
    made = []
    for module, members in modules.items():
        code = "zh-CN" if any(_is_chinese(case) for case in members) else "en"
        words = KEYWORDS[code]
        lines = [f"# language: {code}"] if code != "en" else []
        lines.append(f"{words.feature[0]}: {module}")
        for case in members:
            writer = _Writer(case, book, own, code, sheet, language)
            lines += ["", *writer.lines()]
            problems += writer.problems
        path = f"{_SAFE.sub('_', module)}/{_SAFE.sub('_', stem)}.feature"
        made.append(Imported(path=path, text="\n".join(lines) + "\n", cases=len(members)))
    return tuple(made), tuple(problems)


def _is_chinese(case: SheetCase) -> bool:
    texts = (case.name, *(line.text for line in (*case.steps, *case.expected)))
    return any("\u4e00" <= sign <= "\u9fff" for text in texts for sign in _unquoted(text))


def _unquoted(text: str) -> str:
    return re.sub(r'[“"][^”"]*[”"]|「[^」]*」', "", text)


class _Writer:
    """Writes one case as a scenario, noting what it does not understand."""

    def __init__(
        self,
        case: SheetCase,
        book: Phrasebook,
        own: Callable[[str], bool],
        code: str,
        sheet: str,
        language: str,
    ) -> None:
        self.case = case
        self.book = book
        self.own = own
        self.words = KEYWORDS[code]
        self.code = code
        self.sheet = sheet
        self.language = language
        self.problems: list[Problem] = []
        self.used: set[str] = set()
        #: The keyword of the step before; the next of the same kind begins with "and".
        self.said = ""

    def lines(self) -> Iterator[str]:
        """Yield the scenario's lines."""
        if tags := list(self._tags()):
            yield "  " + " ".join(f"@{tag}" for tag in tags)
        yield f"  {self.words.scenario[-1 if self.code == 'en' else 0]}: {self.case.name}"
        yield from self._part(self.case.given, "given")
        yield from self._part(self.case.steps, "steps")
        yield from self._part(self.case.expected, "expected")
        for name in sorted(set(self.case.data) - self.used):
            self._wrong(
                "data",
                self.case.cells.get("data", ""),
                say(
                    self.language,
                    f"'{name}' is used by no sentence",
                    f"“{name}”没有被任何句子使用",
                ),
                say(
                    self.language,
                    f"write {{{name}}} where its value belongs",
                    f"请在需要该值的地方写 {{{name}}}",
                ),
            )

    def _tags(self) -> Iterator[str]:
        case = self.case
        if case.id:
            yield CASE_TAG + _SAFE.sub("_", case.id)
        for part in re.split(r"[,，;；、\s]+", case.requirement):
            if part:
                plain = _SAFE.sub("_", part)
                yield plain if requirement_of(part) else f"需求:{plain}"
        low = case.kind.lower()
        yield from (tag for tag, words in KINDS if any(word in low for word in words))
        if case.priority:
            yield f"{PRIORITY_TAG}{_SAFE.sub('_', case.priority)}"
        yield from case.tags

    def _part(self, lines: Sequence[CellLine], column: str) -> Iterator[str]:
        takes_rows = False
        for line in lines:
            text = self._with_data(line.text)
            # A sentence of the workspace's own may take rows, too.
            below = takes_rows or (self.said and text.startswith(("|", "｜")))
            if below and (row := _as_row(text)):
                yield row
                continue
            sentence = self._sentence(text)
            if sentence is None:
                self._unknown(text, line, column)
                continue
            takes_rows = self._takes_rows(sentence)
            if column == "expected" and not self._checks(sentence):
                self._no_check(sentence, line)
            keyword = self._keyword(sentence, column)
            yield f"    {self.words.and_[0] if keyword == self.said else keyword}{sentence}"
            self.said = keyword

    def _keyword(self, sentence: str, column: str) -> str:
        """Return how a sentence begins; one that only checks does so among the steps, too."""
        if column == "given":
            return self.words.given[0]
        if column == "steps" and not any(
            match.phrase.is_check for match in self.book.matches(sentence)
        ):
            return self.words.when[0]
        return self.words.then[0]

    def _with_data(self, text: str) -> str:
        def replaced(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name in self.case.data:
                self.used.add(name)
                return self.case.data[name]
            return found[0]

        return _BRACES.sub(replaced, text)

    def _sentence(self, text: str) -> str | None:
        """Return the sentence a line is, perhaps without its keyword or with its ``I`` in front."""
        plain = text.rstrip(" 。．；;，,")
        keywords = [word.strip() for word in self.words.steps()]
        stripped = [
            plain[len(word) :].strip()
            for word in keywords
            if plain.lower().startswith(word.lower())
        ]
        subject = "我" if is_chinese(self.code) else "I "
        for candidate in (plain, *stripped):
            for sentence in (candidate, subject + candidate[:1].lower() + candidate[1:]):
                if self.book.matches(sentence) or self.own(sentence):
                    return sentence
        return None

    def _takes_rows(self, sentence: str) -> bool:
        return any(match.phrase.id in _WITH_ROWS for match in self.book.matches(sentence))

    def _checks(self, sentence: str) -> bool:
        found = self.book.matches(sentence)
        # A sentence of the workspace's own may check anything; while moving on is no check.
        return not found or any(match.phrase.is_check for match in found)

    def _no_check(self, sentence: str, line: CellLine) -> None:
        self._wrong(
            "expected",
            line.cell,
            say(
                self.language,
                f"'{sentence}' does something, it checks nothing",
                f"“{sentence}”是操作，不是检查",
            ),
            say(
                self.language,
                "move it to the steps, and say here what must be seen",
                "请移到操作步骤，这里写应看到的结果",
            ),
        )

    def _unknown(self, text: str, line: CellLine, column: str) -> None:
        subject = "我" if is_chinese(self.code) else "I "
        near = self.book.nearest(text) or self.book.nearest(subject + text)
        message, hint = undefined_step(text, self.language, near)
        self._wrong(column, line.cell, message, hint)

    def _wrong(self, column: str, cell: str, message: str, hint: str) -> None:
        heading = HEADINGS[column][is_chinese(self.language)]
        self.problems.append(
            Problem(
                subject=f"{cell} {heading}",
                message=message,
                path=self.sheet,
                line=self.case.row,
                hint=hint,
            )
        )


def _as_row(text: str) -> str:
    """Return a table row for ``field = value`` or ``| a | b |``; empty when it is neither."""
    if text.startswith(("|", "｜")):
        return "      " + text.replace("｜", "|").rstrip()
    match = _PAIR.match(text)
    if match is None:
        return ""
    cells = [cell.strip().strip('“”"').replace("|", "\\|") for cell in (match[1], match[2])]
    return f"      | {cells[0]} | {cells[1]} |"
