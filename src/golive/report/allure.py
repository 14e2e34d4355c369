"""Allure results of a document in four lanes: an explorer's view, never the verdict.

Scenarios keep the results their own run wrote (steps and pictures included), under golive's
lanes and with golive's state; everything else is written here with Allure's own model.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import (
    Attachment,
    GlobalAttachment,
    Globals,
    Label,
    Link,
    Parameter,
    StatusDetails,
    TestResult,
    TestStepResult,
)

from golive.gate.assessment import ItemState, Lane
from golive.outcome import Evidence
from golive.record.evidence import EvidenceStore
from golive.report.compared import is_page
from golive.report.document import Document, Proof, Row
from golive.report.material import RunMaterial

__all__ = ["ID_LABEL", "allure_status", "write_allure_results"]

#: Allure's writer comes without types.
_LOGGER: Any = AllureFileLogger
#: The label by which a scenario's own Allure result says which scenario it is.
ID_LABEL = "golive.id"
_LANES = {
    Lane.UAT: "UAT", Lane.LOAD: "Load", Lane.REHEARSAL: "Rehearsal", Lane.DUAL_RUN: "Dual run",
}  # fmt: skip
_STATUS = {
    ItemState.PASSED: "passed", ItemState.FAILED: "failed", ItemState.QUARANTINED: "skipped",
    ItemState.NOT_RUN: "broken",
}  # fmt: skip
_OURS = frozenset({"parentSuite", "suite", "subSuite", "epic", "feature", "story", ID_LABEL})
#: A larger file is linked by its digest, not copied into the explorer.
_LARGEST = 200_000
#: A comparison's page is what the lane is looked at for.
_LARGEST_PAGE = 2_000_000
_TEXTS = {
    "application/json": "json", "application/yaml": "yaml", "text/plain": "txt",
    "application/jsonl": "txt", "text/x-python": "txt", "application/xml": "xml",
}  # fmt: skip


def allure_status(state: ItemState) -> str:
    """Return Allure's word for a state: what proves nothing is ``broken``, never ``skipped``."""
    return _STATUS.get(state, "broken")


def write_allure_results(
    document: Document, materials: Sequence[RunMaterial], store: EvidenceStore, folder: Path
) -> int:
    """Write one result for each row into an empty folder and return how many."""
    runs = {material.state.run: material for material in materials}
    logger = _LOGGER(folder)
    proofs = {proof.sha256: proof for proof in document.evidence if not proof.damaged}
    number = 0
    for number, row in enumerate(document.rows(), 1):
        own = _own_result(row, runs.get(row.run), store) if row.lane is Lane.UAT else None
        if own is None:
            result = _result(row, number, proofs, store, folder)
            # Its own writer would draw the name by lot, and with it the order of equal starts.
            result.file_pattern = _file(number)
            logger.report_result(result)
        else:
            _write_own(own, row, number, folder, store)
    _write_globals(document, logger, folder)
    return number


def _identity(row: Row, number: int) -> str:
    """Return an id no two rows share: rows of one id must not be taken for retries."""
    return hashlib.md5(
        f"{row.lane}\n{row.group}\n{row.id}\n{number}".encode(), usedforsecurity=False
    ).hexdigest()


def _file(number: int) -> str:
    return f"{number:06d}-result.json"


# --- scenarios: what their own run wrote -------------------------------------------------------


def _own_result(
    row: Row, material: RunMaterial | None, store: EvidenceStore
) -> tuple[dict[str, Any], Mapping[str, Evidence]] | None:
    """Return the scenario's own Allure result with the files beside it; None unless exactly one."""
    for attempt in reversed(material.state.attempts if material else ()):
        kept = {
            item.name.removeprefix("allure-results/"): item
            for item in (attempt.outcome.evidence if attempt.outcome else ())
            if item.name.startswith("allure-results/")
            and material is not None
            and item.sha256 not in material.damaged
        }
        found = [result for result in _results(kept, store) if _is_of(result, row.id)]
        if found:
            return (found[0], kept) if len(found) == 1 else None
    return None


def _results(kept: Mapping[str, Evidence], store: EvidenceStore) -> Iterator[dict[str, Any]]:
    for name, item in kept.items():
        if not name.endswith("-result.json"):
            continue
        try:
            data = json.loads(store.path(item.sha256).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # golive's own record says how the scenario stands; this is only a view
        if isinstance(data, dict):
            yield data


def _is_of(result: Mapping[str, Any], id_: str) -> bool:
    return any(
        label.get("name") == ID_LABEL and label.get("value") == id_
        for label in result.get("labels", ())
    )


def _write_own(
    own: tuple[dict[str, Any], Mapping[str, Evidence]],
    row: Row,
    number: int,
    folder: Path,
    store: EvidenceStore,
) -> None:
    result, kept = own
    identity = _identity(row, number)
    labels = [item for item in result.get("labels", ()) if item.get("name") not in _OURS]
    feature = [item["value"] for item in result.get("labels", ()) if item.get("name") == "suite"]
    result["labels"] = labels + [
        {"name": label.name, "value": label.value} for label in _labels(row, *feature)
    ]
    result["historyId"] = result["testCaseId"] = result["uuid"] = identity
    status = allure_status(row.state)
    if result.get("status") != status:
        result["status"] = status
        details = result.setdefault("statusDetails", {})
        details["message"] = _message(row)
    for source in _sources(result):
        if source in kept:
            shutil.copyfile(store.path(kept[source].sha256), folder / source)
    text = json.dumps(result, ensure_ascii=False)
    (folder / _file(number)).write_text(text, encoding="utf-8")


def _sources(item: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files a result or one of its steps refers to."""
    for attachment in item.get("attachments", ()):
        yield str(attachment.get("source", ""))
    for step in item.get("steps", ()):
        yield from _sources(step)


# --- everything else: written with Allure's model ----------------------------------------------


def _result(
    row: Row, number: int, proofs: Mapping[str, Proof], store: EvidenceStore, folder: Path
) -> TestResult:
    identity = _identity(row, number)
    start = _millis(row.started)
    status = allure_status(row.state)
    details = StatusDetails(message=_message(row)) if status != "passed" else None
    return TestResult(
        uuid=identity,
        historyId=identity,
        testCaseId=identity,
        fullName=f"{_LANES[row.lane]}#{row.id}",
        name=row.title,
        status=status,
        statusDetails=details,
        stage="finished",
        description=row.sentence or None,
        start=start,
        stop=start + round((row.seconds or 0) * 1000) if start else None,
        labels=_labels(row),
        links=[Link(type="link", url=f"../{shot.file}", name=shot.name) for shot in row.pictures],
        parameters=[Parameter(name="run", value=row.run)] if row.run else [],
        steps=[
            *_checks(row, proofs, store, start),
            *(
                TestStepResult(name=line, status=status, stage="finished", start=start, stop=start)
                for line in row.technical.splitlines()[1:]
            ),
        ],
        attachments=list(_attachments(row, proofs, store, folder)),
    )


def _checks(
    row: Row, proofs: Mapping[str, Proof], store: EvidenceStore, start: int
) -> Iterator[TestStepResult]:
    """Yield what a comparison was judged by, each with a status of its own."""
    kept = [proofs[digest] for digest in row.evidence if digest in proofs]
    for proof in kept if row.lane is Lane.DUAL_RUN else ():
        if not proof.name.endswith("/junit.xml"):
            continue
        # golive's own file, as its digest in the record says.
        text = store.path(proof.sha256).read_text("utf-8")
        for case in ET.fromstring(text).iter("testcase"):  # noqa: S314
            found = next((case.find(tag) for tag in _CASE if case.find(tag) is not None), None)
            status = _CASE[found.tag] if found is not None else "passed"
            details = StatusDetails(message=found.get("message")) if found is not None else None
            yield TestStepResult(
                name=case.get("name"), status=status, statusDetails=details, stage="finished",
                start=start, stop=start,
            )  # fmt: skip


#: What stands in a JUnit case, in Allure's words.
_CASE = {"failure": "failed", "error": "broken"}


def _message(row: Row) -> str:
    """Return what golive says of a row; Allure shows a message only where there is one."""
    return row.sentence or f"golive: {row.state}"


def _labels(row: Row, *more: str) -> list[Label]:
    names = [("parentSuite", _LANES[row.lane]), ("suite", row.group)]
    names += [("subSuite", text) for text in more[:1]]
    names += [("severity", _SEVERITIES[row.severity])] if row.severity in _SEVERITIES else []
    return [Label(name=name, value=value) for name, value in names]


_SEVERITIES = {"S1": "blocker", "S2": "critical", "S3": "normal", "S4": "minor"}


def _attachments(
    row: Row, proofs: Mapping[str, Proof], store: EvidenceStore, folder: Path
) -> Iterator[Attachment]:
    for digest in row.evidence:
        proof = proofs.get(digest)
        if proof is None:
            continue
        ending = "html" if is_page(proof) else _TEXTS.get(proof.media_type)
        if ending is None or proof.size > (_LARGEST_PAGE if is_page(proof) else _LARGEST):
            continue
        source = f"{digest[:32]}-attachment.{ending}"
        shutil.copyfile(store.path(digest), folder / source)
        yield Attachment(name=proof.name, source=source, type=proof.media_type)


def _millis(instant: datetime | None) -> int:
    return round(instant.timestamp() * 1000) if instant else 0


def _write_globals(document: Document, logger: Any, folder: Path) -> None:
    """Put what holds for the whole document where the explorer shows it for the whole report."""
    facts = [
        ("recommendation", document.recommendation or document.verdict or "open"),
        ("passed", f"{document.passed.count} of {document.passed.total}"),
        ("evidence root", document.evidence_root),
        *((f"red {number}", red.sentence) for number, red in enumerate(document.reds, 1)),
    ]
    text = "".join(f"{name}: {value}\n" for name, value in facts)
    source = "golive-attachment.txt"
    (folder / source).write_text(text, encoding="utf-8")
    stamp = _millis(document.at)
    attachment = GlobalAttachment(name="golive", source=source, type="text/plain", timestamp=stamp)
    logger.report_globals(Globals(attachments=[attachment]))
    environment = {
        "release" if document.kind == "release" else "run": document.id,
        "environment": document.environment,
        "evidence root": document.evidence_root,
    }
    (folder / "environment.properties").write_text(
        "".join(f"{key.replace(' ', '.')}={value}\n" for key, value in environment.items()),
        encoding="utf-8",
    )
