"""Tests of other suites: their JUnit XML taken as evidence with level and build, and read back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree as ET

from golive.errors import Refused, SpecError
from golive.gate.coverage import LEVELS, Check, CoverageState, Requirement
from golive.gate.facts import Facts
from golive.gate.words import NOTHING_SAID, Text, text
from golive.outcome import Evidence
from golive.project import Project
from golive.record.chain import Actor, Record
from golive.record.evidence import EvidenceStore
from golive.record.ledger import Ledger
from golive.record.releases import ledger_path
from golive.sheets import read_table

__all__ = ["import_suite", "read_requirements", "suite_checks"]

REQUIREMENTS = "features/requirements.csv"
_MOST_BYTES = 64_000_000


def read_requirements(project: Project) -> tuple[Requirement, ...]:
    """Return the workspace's requirements; none when there is no list. Raise SpecError."""
    path = project.root / REQUIREMENTS
    if not path.is_file():
        return ()
    rows = read_table(path, shown_as=REQUIREMENTS).rows
    header = [cell.strip().lower() for cell in rows[0].cells] if rows else []
    if not {"id", "process"} <= set(header):
        raise SpecError.of(
            "", "lacks the column 'id' or 'process'", path=REQUIREMENTS, line=1,
            hint="id,process,requirement,priority",
        )  # fmt: skip
    found = [dict(zip(header, row.cells, strict=False)) for row in rows[1:]]
    return tuple(
        Requirement(
            id=one["id"].strip(), process=one.get("process", "").strip(),
            title=one.get("requirement", ""), priority=one.get("priority", ""),
        )
        for one in found
        if one["id"].strip()
    )  # fmt: skip


def import_suite(
    project: Project, path: Path, *, suite: str, level: str, build: str, actor: Actor
) -> Record:
    """Keep a suite's JUnit XML as evidence and enter it in the ledger.

    Raise Refused without a build or for an unknown level, SpecError for a file that is none.
    """
    if level not in LEVELS:
        raise Refused.of(f"level '{level}'", "is unknown", hint=", ".join(LEVELS))
    if not build.strip():
        raise Refused.of("--build", "is empty: results are of a build", hint="its /version")
    found = list(_tests(path, path.name))
    if not found:
        raise SpecError.of("", "holds no test, so it proves nothing", path=path.name)
    store = EvidenceStore(project.reports / "evidence")
    evidence = store.keep(path, name=path.name, media_type="application/xml")
    counts = Counter(state.value for _, _, state, _ in found)
    data = {
        "kind": "junit", "suite": suite or path.stem, "level": level, "build": build.strip(),
        "counts": dict(counts), "evidence": asdict(evidence),
    }  # fmt: skip
    return Ledger.open(ledger_path(project.reports)).append("import", data, actor=actor)


def suite_checks(
    project: Project,
    records: Sequence[Record],
    facts: Facts | None,
    requirements: Collection[str],
) -> Iterator[Check]:
    """Yield the tests of each suite's newest import.

    A pass is stale once a target reports builds and none is the import's; ``facts`` None: nobody
    was asked.
    """
    newest = {
        (record.data["suite"], record.data["level"]): record
        for record in records
        if record.type == "import" and record.data.get("kind") == "junit"
    }
    store = EvidenceStore(project.reports / "evidence")
    for record in newest.values():
        yield from _checks(store, record, facts, requirements)


def _checks(
    store: EvidenceStore, record: Record, facts: Facts | None, requirements: Collection[str]
) -> Iterator[Check]:
    data = record.data
    level, build, source = str(data["level"]), str(data["build"]), f"#{record.seq}"
    evidence = Evidence(**data["evidence"])
    wrong = store.verify(evidence)
    if wrong is not None:
        yield Check(
            level=level, name=str(data["suite"]), state=CoverageState.FAILED, build=build,
            source=source, reason=text(str(wrong), str(wrong)),
        )  # fmt: skip
        return
    stale = _stale(build, facts)
    for name, said, state, why in _tests(store.path(evidence.sha256), str(data["suite"])):
        old = state is CoverageState.PASSED and stale
        yield Check(
            level=level, name=name, state=CoverageState.STALE if old else state,
            requirements=tuple(one for one in requirements if _names(said, one)),
            reason=stale if old else text(why, why), build=build, source=source,
        )  # fmt: skip


def _stale(build: str, facts: Facts | None) -> Text:
    now = [one.build for one in facts.targets.values() if one.build] if facts else []
    if not now or build in now:
        return NOTHING_SAID
    shown = ", ".join(dict.fromkeys(now))
    return text(f"of build {build}; now there is {shown}", f"对应版本 {build}；现为 {shown}")


def _names(said: str, requirement: str) -> bool:
    """Tell whether a requirement's id stands in a text by itself: REQ-1 is not in REQ-12."""
    exact = "[-_]".join(map(re.escape, re.split("[-_]", requirement)))
    return re.search(rf"(?<![A-Za-z0-9]){exact}(?![A-Za-z0-9])", said, re.IGNORECASE) is not None


def _tests(path: Path, shown: str) -> Iterator[tuple[str, str, CoverageState, str]]:
    """Yield each test: its name, all it says of itself, how it ended and why."""
    try:
        content = path.read_bytes()
        if len(content) > _MOST_BYTES or b"<!DOCTYPE" in content[:4096]:
            raise SpecError.of("", "is too large, or has a DOCTYPE", path=shown)
        root = ET.fromstring(content)  # noqa: S314 - no DOCTYPE, so no entities
    except OSError as error:
        raise SpecError.of("", f"cannot be read: {error.strerror}", path=shown) from error
    except ET.ParseError as error:
        line = error.position[0]
        raise SpecError.of("", "is no XML", path=shown, line=line) from error
    if root.tag not in {"testsuites", "testsuite"}:
        raise SpecError.of("", f"is no JUnit XML: begins with <{root.tag}>", path=shown, line=1)
    for case in root.iter("testcase"):
        properties = [
            f"{one.get('name', '')} {one.get('value', '')} {one.text or ''}"
            for one in case.iter("property")
        ]
        name = case.get("name", "")
        yield name, " ".join((case.get("classname", ""), name, *properties)), *_ended(case)


def _ended(case: ET.Element) -> tuple[CoverageState, str]:
    for tag, state in (
        ("failure", CoverageState.FAILED), ("error", CoverageState.FAILED),
        ("skipped", CoverageState.NOT_RUN),
    ):  # fmt: skip
        found = case.find(tag)
        if found is not None:
            lines = (found.get("message") or found.text or tag).strip().splitlines()
            return state, lines[0] if lines else tag
    return CoverageState.PASSED, ""
