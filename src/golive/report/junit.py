"""The document as JUnit XML, for a build server: a suite for each group of each lane."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from golive.gate.assessment import ItemState, Recommendation
from golive.gate.criteria import CriterionState
from golive.report.document import Document, Row

__all__ = ["junit_xml"]

#: What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_GOOD = frozenset({Recommendation.GO, "passed"})


def junit_xml(document: Document) -> str:
    """Return the XML. What was not run is an error, not a skip: build servers pass over skips.

    The suites named by a lane hold its rows, so their tests without failures and errors are the
    document's own counts. The suite ``verdict`` holds the recommendation and the criteria.
    """
    root = ET.Element("testsuites", name=_clean(document.title))
    properties = ET.SubElement(root, "properties")
    for name, value in (
        (document.kind, document.id),
        ("verdict", str(document.recommendation or document.verdict)),
        ("passed", str(document.passed.count)),
        ("expected", str(document.passed.total)),
        ("evidence-root", document.evidence_root),
    ):
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    for lane in document.lanes:
        for group in lane.groups:
            _suite(root, f"{lane.lane} / {group.name}", [_case(row) for row in group.rows])
    _suite(root, "verdict", list(_verdict(document)))
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root.iter("testsuite"))))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _suite(root: ET.Element, name: str, cases: list[ET.Element]) -> None:
    suite = ET.SubElement(root, "testsuite", name=_clean(name), tests=str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))
    for case in cases:
        case.set("classname", _clean(name))
        suite.append(case)


def _case(row: Row) -> ET.Element:
    case = ET.Element("testcase", name=_clean(row.title), time=f"{row.seconds or 0:.3f}")
    if row.place:
        file, _, line = row.place.rpartition(":")
        case.set("file", _clean(file))
        case.set("line", line)
    message = _clean(row.sentence or str(row.state))
    match row.state:
        case ItemState.PASSED:
            pass
        case ItemState.FAILED:
            _add(case, "failure", message, row)
        case ItemState.QUARANTINED:
            ET.SubElement(case, "skipped", message=message)
        case _:
            _add(case, "error", message, row)
    return case


def _add(case: ET.Element, tag: str, message: str, row: Row) -> None:
    found = ET.SubElement(case, tag, message=message, type=str(row.state))
    found.text = _clean("\n".join(part for part in (row.step, row.place, row.technical) if part))


def _verdict(document: Document) -> Iterable[ET.Element]:
    case = ET.Element("testcase", name="verdict", time="0.000")
    verdict = document.recommendation or document.verdict
    if verdict not in _GOOD or document.problems:
        reasons = [*document.problems, *(red.sentence for red in document.reds)]
        message = _clean("; ".join(reasons) or "not finished")
        ET.SubElement(case, "failure", message=message, type=str(verdict or "open"))
    yield case
    for item in document.findings:
        case = ET.Element("testcase", name=_clean(item.question), time="0.000")
        if item.mandatory and item.state is not CriterionState.MET:
            ET.SubElement(case, "failure", message=_clean(item.found), type=str(item.state))
        yield case


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
