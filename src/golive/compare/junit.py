"""A comparison as JUnit XML, for a build server: one case for each thing it is judged by; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from golive.compare.definition import Comparison
from golive.compare.verdict import Check, Findings, checks
from golive.compare.words import finding_words

__all__ = ["broken_junit", "comparison_junit"]

#: What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def comparison_junit(comparison: Comparison, found: Findings, seconds: float, language: str) -> str:
    """Return the XML of a comparison that was made; its causes stand with the first failure."""
    causes = [finding_words(item, language) for item in found.causes]
    cases = []
    for check in checks(comparison, found):
        case = ET.Element("testcase", name=_clean(check.name[language == "zh"]))
        if check.failed:
            _add(case, "failure", check.told(language), _first(check, causes))
        cases.append(case)
    return _suite(comparison.id, cases, seconds)


def broken_junit(name: str, problems: Sequence[str], seconds: float) -> str:
    """Return the XML of a comparison that could not be made: an error, never a failure."""
    case = ET.Element("testcase", name=_clean(name))
    _add(case, "error", problems[0] if problems else "", problems)
    return _suite(name, [case], seconds)


def _first(check: Check, causes: list[str]) -> Sequence[str]:
    """Return the causes once: with the first of the rows that speak against the new system."""
    if not check.in_sentence:
        return ()
    told = tuple(causes)
    causes.clear()
    return told


def _add(case: ET.Element, tag: str, message: str, lines: Sequence[str]) -> None:
    element = ET.SubElement(case, tag, message=_clean(message), type=tag)
    element.text = _clean("\n".join(lines)) or None


def _suite(name: str, cases: Sequence[ET.Element], seconds: float) -> str:
    counts = {
        key: str(sum(case.find(tag) is not None for case in cases))
        for key, tag in (("failures", "failure"), ("errors", "error"))
    }
    counts["tests"] = str(len(cases))
    root = ET.Element("testsuites", counts)
    told = {"name": _clean(name), "time": f"{seconds:.3f}"}
    suite = ET.SubElement(root, "testsuite", {**told, **counts})
    for case in cases:
        case.set("classname", _clean(name))
        suite.append(case)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
