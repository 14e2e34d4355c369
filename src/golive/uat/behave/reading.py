"""Feature files as cases to run: raw text and behave's own reading, held against each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from golive.errors import Problem, SpecError
from golive.sheets import Table, read_table
from golive.uat.behave import model
from golive.uat.behave.behind import behind
from golive.uat.behave.digests import scenario_sha256
from golive.uat.chains import QUARANTINE_TAGS, chain_of
from golive.uat.examplesheet import ReadSheet
from golive.uat.featuretext import FeatureText, ScenarioText
from golive.uat.gherkin import read_feature
from golive.uat.lint import scenario_problems
from golive.uat.liverows import with_live_rows
from golive.uat.sheetrows import row_problems
from golive.uat.wording import is_chinese, say
from golive.uat.workbook import Workbook, load_workbook

__all__ = [
    "Case",
    "FeatureCases",
    "read_case_file",
    "read_case_files",
    "sheets_beside",
    "words_of",
]

#: As phrases take values.
_QUOTED = re.compile(r"[\"“「]([^\"“”「」]+)[\"”」]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scenario or one row of an outline's examples."""

    #: pytest's node id: ``features/a.feature::Rule::Name[cell,cell]``.
    id: str
    #: The last part of the id.
    node: str
    path: str
    line: int
    #: The name as written, with the row's values.
    name: str
    feature: str
    rule: str
    tags: tuple[str, ...]
    #: ``en``, ``zh-CN`` or ``zh-TW``.
    language: str
    row: Mapping[str, str]
    #: Where the row stands in the sheet it was read from; empty when it stands in the feature.
    place: str = ""
    #: Why it is not written completely; then it is never run.
    problems: tuple[Problem, ...]
    #: The lines from the scenario's or outline's own to before the next one.
    span: tuple[int, int] = (0, 0)
    #: The chain it is a member of; empty for none.
    chain: str = ""
    #: What its sentences use beyond the text, each with its digest: concepts, files.
    behind: Mapping[str, str] = field(default_factory=dict)
    #: behave's Scenario; None for an outline that has no rows.
    scenario: Any = field(default=None, compare=False)
    #: behave's Feature and, inside a rule, its Rule: what must be entered before.
    around: tuple[Any, ...] = field(default=(), compare=False)

    @property
    def quarantined(self) -> bool:
        """Whether it runs and is listed without counting."""
        return bool(QUARANTINE_TAGS & set(self.tags))

    @property
    def digest(self) -> str:
        """Hex SHA-256 of what is run: sentences with what stands behind them, tables, tags, row."""
        return scenario_sha256(
            self.scenario, name=self.name, rule=self.rule, language=self.language,
            tags=self.tags, row=self.row, behind=self.behind,
        )  # fmt: skip

    def stands_on(self, line: int) -> bool:
        """Return whether ``file:line`` means this case; an outline's own lines mean every row."""
        first, last = self.span
        return line == self.line or (first <= line <= last and line not in self._rows())

    def _rows(self) -> tuple[int, ...]:
        outline = getattr(self.scenario, "parent", None) if self.row else None
        return tuple(other.line for other in outline.scenarios) if outline else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureCases:
    """One file: its cases, or what keeps it from being read."""

    path: str
    language: str
    cases: tuple[Case, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    feature: Any = field(default=None, compare=False)


def read_case_file(path: Path, root: Path, language: str = "en") -> FeatureCases:
    """Read one feature file; ``language`` is that of sentences while the file's is unknown."""
    shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    try:
        text = read_feature(path.read_bytes(), shown, language=language)
    except OSError as error:
        problem = Problem(subject="", message=f"cannot be read: {error.strerror}", path=shown)
        return FeatureCases(path=shown, language=language, problems=(problem,))
    sheets = sheets_beside(path, root, text.language)
    if not text.problems:
        text = with_live_rows(text, sheets)
    problems = text.problems or row_problems(text, sheets)
    feature = None
    if not problems:
        feature, problems = _parsed(text)
    if feature is None or problems:
        return FeatureCases(path=shown, language=text.language, problems=problems, notes=text.notes)
    return FeatureCases(
        path=shown,
        language=text.language,
        cases=_distinct(_cases(text, feature, load_workbook(root), root)),
        notes=text.notes,
        feature=feature,
    )


def sheets_beside(path: Path, root: Path, language: str = "en") -> ReadSheet:
    """Return how the sheets a feature names are read: from files beside it, in the workspace."""

    def read(name: str, sheet: str) -> Table:
        place = (path.parent / name).resolve()
        if not place.is_relative_to(root.resolve()):
            message = say(language, "is no file of this workspace", "不是本工作区的文件")
            raise SpecError.of("", message, path=name)
        shown = place.relative_to(root.resolve()).as_posix()
        if not place.is_file():
            message = say(language, "there is no such file", "没有这个文件")
            raise SpecError.of("", message, path=shown)
        return read_table(place, sheet=sheet, shown_as=shown)

    return read


def read_case_files(root: Path, folder: str, language: str = "en") -> tuple[FeatureCases, ...]:
    """Read a feature file, or every one below a folder, in the order of their paths."""
    start = root / folder
    paths = [start] if start.is_file() else sorted(start.rglob("*.feature"))
    return tuple(read_case_file(path, root, language) for path in paths)


def _parsed(text: FeatureText) -> tuple[Any, tuple[Problem, ...]]:
    """Let behave parse the text and compare what it found with the raw lines."""
    try:
        feature = model.parse(text.text, text.language, text.path)
    except model.ParserError as error:
        reason = re.sub(r"\s+", " ", str(error.args[0])).strip()
        message = say(text.language, "cannot be read as Gherkin", "无法按 Gherkin 语法读取")
        return None, (
            Problem(
                subject="", message=f"{message}: {reason}", path=text.path, line=error.line or 1
            ),
        )
    _take_over_rows(text, feature)
    found = {s.line: s for s in feature.walk_scenarios()} if feature else {}
    lines = Counter(line for s in text.scenarios for line in s.lines())
    read_lines = Counter(s.line for s in feature.walk_scenarios()) if feature else Counter()
    lost = sorted(line for line in {*lines, *read_lines} if lines[line] != read_lines[line])
    steps = {step.line: step.kind for s in text.scenarios for step in s.steps if s.lines()}
    read = {step.line: step.step_type for s in found.values() for step in s.steps}
    lost += sorted(line for line in {*steps, *read} if steps.get(line) != read.get(line))
    return feature, tuple(
        Problem(
            subject="",
            message=say(
                text.language,
                "this line looks like a scenario or step and is not read as one, or the reverse",
                "这一行看起来是场景或步骤，但读取结果不一致",
            ),
            path=text.path,
            line=line,
            hint=say(text.language, "write it anew on a line of its own", "请单独成行重新书写"),
        )
        for line in lost
    )


def _take_over_rows(text: FeatureText, feature: Any) -> None:
    """Give behave's outlines the rows that were read from sheets."""
    outlines = {s.line: s.examples for s in text.scenarios if any(e.places for e in s.examples)}
    for entity in model.children(feature) if feature is not None else ():
        inner = model.children(entity) if isinstance(entity, model.Rule) else (entity,)
        for scenario in inner:
            if examples := outlines.get(scenario.line):
                model.give_examples(scenario, examples)


def _cases(text: FeatureText, feature: Any, book: Workbook, root: Path) -> Iterator[Case]:
    by_line = {scenario.line: scenario for scenario in text.scenarios}
    starts = [*sorted(by_line), len(text.text.splitlines()) + 1]
    spans = {start: (start, after - 1) for start, after in pairwise(starts)}
    for entity in model.children(feature):
        inner = model.children(entity) if isinstance(entity, model.Rule) else (entity,)
        around = (feature, entity) if isinstance(entity, model.Rule) else (feature,)
        for scenario in inner:
            raw = by_line[scenario.line]
            for case in _cases_of(text, raw, scenario, around, book):
                said = [step.name for step in case.scenario.all_steps] if case.scenario else []
                yield replace(case, span=spans[raw.line], behind=behind(said, book, root))


def _cases_of(
    text: FeatureText,
    raw: ScenarioText,
    scenario: Any,
    around: tuple[Any, ...],
    book: Workbook,
) -> Iterator[Case]:
    problems = scenario_problems(text, raw, book)
    rows = scenario.scenarios if model.is_outline(scenario) else [scenario]
    plain = _node(raw.name or scenario.keyword)
    rule = _node(around[1].name) if len(around) > 1 else ""
    base = Case(
        id="",
        node=plain,
        path=text.path,
        line=raw.line,
        name=raw.name,
        feature=around[0].name,
        rule=rule,
        tags=_tags(scenario),
        language=text.language,
        row={},
        problems=problems,
        around=around,
        chain=chain_of(text.path, rule, around[0].tags, _tags(scenario)),
    )
    if not rows:
        yield base
        return
    places = [place for table in raw.examples for place in table.places or [""] * len(table.rows)]
    for one, place in zip(rows, places or [""], strict=True):
        row = model.row_of(one)
        cells = ",".join(_node(cell) for cell in row.values())
        yield replace(
            base,
            node=f"{plain}[{cells}]" if row else plain,
            line=one.line,
            name=f"{_filled(raw.name, row)} [{', '.join(row.values())}]" if row else raw.name,
            tags=_tags(one),
            chain=chain_of(text.path, rule, around[0].tags, _tags(one)),
            row=row,
            place=place,
            scenario=one,
        )


def _tags(scenario: Any) -> tuple[str, ...]:
    # behave's Tag is a str that cannot be copied.
    return tuple(sorted(str.__str__(tag) for tag in scenario.effective_tags))


def _filled(name: str, row: Mapping[str, str]) -> str:
    for key, value in row.items():
        name = name.replace(f"<{key}>", value)
    return name


def _node(name: str) -> str:
    """Return a name fit for a node id: ``::`` and brackets divide one."""
    return name.replace("::", ": :").replace("[", "(").replace("]", ")")


def _distinct(cases: Iterable[Case]) -> tuple[Case, ...]:
    """Give every case an id of its own; a name used again gets a number."""
    seen: Counter[str] = Counter()
    named = []
    for case in cases:
        base = "::".join(part for part in (case.path, case.rule, case.node) if part)
        seen[base] += 1
        suffix = f" #{seen[base]}" if seen[base] > 1 else ""
        named.append(replace(case, id=base + suffix, node=case.node + suffix))
    return tuple(named)


def words_of(scenario: Any) -> tuple[str, ...]:
    """Return what stands in quotes in a scenario's sentences: names of roles are among it."""
    return tuple(word for step in scenario.all_steps for word in _QUOTED.findall(step.name))


def answer_language(language: str) -> str:
    """Return ``zh`` or ``en`` for a feature's language."""
    return "zh" if is_chinese(language) else "en"
