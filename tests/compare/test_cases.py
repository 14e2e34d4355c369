"""Each file of cases/ is one comparison: columns and rows, and the answer. No Python needed.

Keys: ``columns`` and any other key of a comparison; ``header``, ``old`` and ``new`` rows (null is
no value; ``{repeat: N, row: [...]}`` with ``{n}`` for the number); ``files``; ``expect`` with
``sentence``, ``failures``, ``classes`` (``column class: count``), ``findings``, ``error``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.compare.words import finding_words
from golive.errors import GoliveError
from golive.specfile import read_yaml

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def rows(items):
    for item in items:
        if isinstance(item, dict):
            for n in range(1, item["repeat"] + 1):
                yield [cell.format(n=n) if isinstance(cell, str) else cell for cell in item["row"]]
        else:
            yield item


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(bench, path):
    check_case(bench, path)


def check_case(bench, path):
    """Make the comparison of a case by any engine's bench and hold its answer against the file."""
    case = dict(read_yaml(path).data)
    expect = case.pop("expect")
    for name, content in case.pop("files", {}).items():
        (bench.folder / name).write_text(content, encoding="utf-8")
    wanted = {"old": list(rows(case.pop("old"))), "new": list(rows(case.pop("new")))}
    header = case.pop("header", ["id", "value"])
    columns = case.pop("columns")
    if "error" in expect:
        with pytest.raises(GoliveError) as caught:
            bench.run(wanted["old"], wanted["new"], columns, header=header, **case)
        assert expect["error"] in str(caught.value)
        return
    result = bench.run(wanted["old"], wanted["new"], columns, header=header, **case)
    found = result.findings
    answer = {
        "sentence": result.sentence(),
        "failures": list(result.failures),
        "classes": {f"{item.column} {item.name}".strip(): item.count for item in found.classes},
        "findings": [finding_words(item, "en") for item in found.causes],
        "findings_zh": [finding_words(item, "zh") for item in found.causes],
    }
    assert {key: answer[key] for key in expect} == expect
