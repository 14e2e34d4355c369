"""Features with typing mistakes: the same scenarios or a mistake with its line, never a green lie.

Two hundred in ``make test``; a thousand, with figures in ``docs/proof/mutated-features.json``, in
``make prove``.
"""

from __future__ import annotations

import inspect
import json
import platform
import random
import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from golive.uat.behave.engine import Engine
from golive.uat.behave.reading import read_case_file
from golive.uat.stage import Stage

ROOT = Path(__file__).parents[2]
STEPS = """
from behave import given, when, then
SEEN = []

@given("a stock of {n:d}")
@given("库存为{n:d}")
def stock(context, n):
    context.n = n

@given("this table")
@given("以下表格")
def table(context):
    context.n = len(context.table.rows)

@when("{n:d} are taken")
@when("取走{n:d}")
def take(context, n):
    context.n -= n

@then('"{mark}" leaves {n:d}')
@then('“{mark}”剩{n:d}')
def left(context, mark, n):
    SEEN.append(mark)
    assert context.n == n
"""
ENGLISH = """# language: en
@REQ-1
Feature: Stock
  Words about it.

  Background:
    Given a stock of 9

  @one
  Scenario: S1 plain
    When 2 are taken
    Then "S1" leaves 7

  # a comment
  Scenario Outline: S2 rows
    When <n> are taken
    Then "S2" leaves <left>

    Examples:
      | n | left |
      | 1 | 8    |
      | 3 | 6    |

  Rule: deeper
    Scenario: S3 table
      Given this table
        | a | b |
        | 1 | 2 |
      Then "S3" leaves 1
"""
CHINESE = """# language: zh-CN
@需求-1
功能: 库存
  说明文字。

  背景:
    假如库存为9

  @冒烟
  场景: S1 取货
    当取走2
    那么“S1”剩7

  # 说明
  场景大纲: S2 多行
    当取走<n>
    那么“S2”剩<left>

    例子:
      | n | left |
      | 1 | 8    |
      | 3 | 6    |

  规则: 更深
    场景: S3 表格
      假如以下表格
        | a | b |
        | 1 | 2 |
      那么“S3”剩1
"""
#: What a person takes for a scenario's line, whatever signs it is typed with.
LOOKS = re.compile(
    r"^(scenario( outline| template)?|example|场景|场景大纲|剧本)\s*:", re.IGNORECASE
)
WIDE = str.maketrans(":|#@<>0123456789,", "：｜＃＠＜＞０１２３４５６７８９，")
WRONG_WORDS = (
    ("场景", "情景"), ("场景", "场境"), ("那么", "那末"), ("当", "如果"), ("假如", "如果"),
    ("例子", "示例"), ("功能", "功 能"), ("背景", "背 景"), ("规则", "规律"), ("大纲", "大 纲"),
    ("Scenario", "Senario"), ("Scenario", "scenario"), ("Scenario", "Scenarios"),
    ("Scenario", "Test case"), ("Then", "Than"), ("Then", "then"), ("When", "If"),
    ("Examples", "Example"), ("Feature", "Feture"), ("Background", "Backround"),
    ("Outline", "Outlines"), ("Rule", "Rules"),
)  # fmt: skip


def each(change):
    """Make a mistake of a change to one line."""

    def mistake(lines, dice):
        at = dice.randrange(len(lines))
        lines[at] = change(lines[at])

    return mistake


def wrong_word(lines, dice):
    old, new = dice.choice(WRONG_WORDS)
    if places := [n for n, line in enumerate(lines) if old in line]:
        place = dice.choice(places)
        lines[place] = lines[place].replace(old, new, 1)


def no_check(lines, dice):
    if checks := [n for n, line in enumerate(lines) if re.search(r"Then |那么", line)]:
        place = dice.choice(checks)
        lines[place] = dice.choice(("", "# " + lines[place].strip()))


def no_row(lines, dice):
    if rows := [n for n, line in enumerate(lines) if line.strip().startswith("|")]:
        del lines[dice.choice(rows)]


def no_language(lines, dice):
    lines[:] = [line for line in lines if "language" not in line]


def odd_language(lines, dice):
    code = dice.choice(("zh", "zh-cn", "zh_CN", "cn", "EN", "中文"))
    lines[:] = [re.sub(r"(# language: ).*", rf"\g<1>{code}", line) for line in lines]


def quotes(lines, dice):
    at = dice.randrange(len(lines))
    lines[at] = lines[at].replace('"', dice.choice("“”「'")).replace("“", '"', 1)


def swapped(lines, dice):
    at = dice.randrange(len(lines))
    word = lines[at]
    if len(word.strip()) > 3:
        place = len(word) - len(word.lstrip()) + dice.randrange(2)
        lines[at] = word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def returns(lines, dice):
    lines[:] = [line + "\r" for line in lines]


MISTAKES = (
    each(lambda line: line.translate(WIDE)),
    each(lambda line: line.replace(":", "：").replace("|", "｜")),
    each(lambda line: line.replace(" ", "\u3000")),
    each(lambda line: "\t" + line.strip()),
    each(lambda line: line.replace(":", "", 1)),
    each(lambda line: line.rstrip("| ")),
    each(lambda line: line.replace("  ", " \u00a0").replace(" S", "S")),
    wrong_word,
    no_check,
    no_row,
    no_language,
    odd_language,
    quotes,
    swapped,
    returns,
)


def mutate(text: str, dice: random.Random) -> bytes:
    """Make one to three typing mistakes; a whole scenario line is never taken out."""
    lines = text.split("\n")
    for _number in range(dice.randint(1, 3)):
        dice.choice(MISTAKES)(lines, dice)
    encoding = dice.choice(("utf-8",) * 9 + ("utf-8-sig", "gb18030", "utf-16"))
    return "\n".join(lines).encode(encoding, "replace")


def mark_of(text: str) -> str:
    """Return the scenario's mark in a text, typed wide or not; empty when it has none."""
    found = re.search(r"S\d", unicodedata.normalize("NFKC", text))
    return found[0] if found else ""


def looking(data: bytes) -> set[str]:
    """Return the marks of the lines a person takes for scenarios; without golive's own reading."""
    encodings = ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    folded = (unicodedata.normalize("NFKC", line).strip() for line in text.splitlines())
    return {mark_of(line) for line in folded if LOOKS.match(line)} - {""}


class Bench:
    """One behave for all of them, as in a run of many features."""

    def __init__(self, root: Path) -> None:
        (root / "steps").mkdir()
        (root / "steps" / "own.py").write_text(STEPS, encoding="utf-8")
        (root / "features").mkdir()
        self.root = root
        self.stage = Stage(root, root / "out")
        self.engine = Engine(root=root, stage=self.stage)

    def judge(self, number: int, data: bytes) -> str:
        """Return ``located``, ``same`` or ``fewer`` (not all are written, each with its line)."""
        path = self.root / "features" / f"f{number}.feature"
        path.write_bytes(data)
        read = read_case_file(path, self.root)
        if read.problems:
            assert all(p.path == f"features/{path.name}" and p.line > 0 for p in read.problems)
            return "located"
        marks = {mark_of(case.name) for case in read.cases}
        assert looking(data) <= marks, "a line that looks like a scenario was not collected"
        return self._run(read.cases)

    def _run(self, cases) -> str:
        assert cases, "a feature without a scenario was taken"
        statuses = Counter()
        for case in cases:
            seen = self._seen()
            before = len(seen)
            result = self.engine.run(case)
            statuses[result.status] += 1
            if result.status == "passed":
                mark = mark_of(case.name)
                made = {mark_of(one) for one in self._seen()[before:]}
                assert made, f"{case.id} passed and nothing was checked"
                assert not mark or mark in made, f"{case.id} passed on another's check"
            elif result.status == "not written":
                assert re.search(r"\.feature:[1-9]", result.message), result.message
        return "same" if statuses == {"passed": 4} else "fewer"

    def _seen(self):
        definitions = self.engine._ready().step_registry.steps["then"]
        function = next(d.func for d in definitions if "leaves" in d.pattern)
        return inspect.unwrap(function).__globals__["SEEN"]


def run(root: Path, number: int, seed: int) -> Counter:
    bench = Bench(root)
    dice = random.Random(seed)
    found = Counter()
    try:
        for index in range(number):
            data = mutate(dice.choice((ENGLISH, CHINESE)), dice)
            try:
                found[bench.judge(index, data)] += 1
            except AssertionError as error:
                raise AssertionError(f"seed {seed}, feature {index}: {error}\n{data!r}") from error
    finally:
        bench.engine.stop()
    return found


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_without_a_mistake_all_four_pass(tmp_path, text):
    bench = Bench(tmp_path)
    assert bench.judge(0, text.encode()) == "same"
    bench.engine.stop()


def test_two_hundred_mutated_features(tmp_path):
    found = run(tmp_path, 200, seed=20)
    assert found["located"] > 40
    assert found["same"] > 20


@pytest.mark.prove
def test_a_thousand_mutated_features(tmp_path):
    seed = 1000
    found = run(tmp_path, 1000, seed=seed)
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "seed": seed,
        "features": sum(found.values()),
        "the same scenarios": found["same"],
        "a mistake with its line": found["located"],
        "some scenarios not written, each with its line": found["fewer"],
        "dropped or vacuous": 0,
    }
    path = ROOT / "docs" / "proof" / "mutated-features.json"
    path.write_text(json.dumps(proof, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
