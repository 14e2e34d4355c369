"""Documents of every colour, each made from a record on disk by golive's own code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.report.assessed import AT, GO, no_go
from tests.report.recorded import FAILED, PASSED, record_rehearsal

from golive.browser import Browser
from golive.gate.assessment import Assessment
from golive.record.evidence import EvidenceStore
from golive.report.composing import compose_release, compose_run
from golive.report.document import Document
from golive.report.gathering import gather_run
from golive.report.material import ReleaseFacts, RunMaterial

ROOT = Path(__file__).resolve().parents[2]
FACTS = ReleaseFacts(title="Order to cash 订单到收款", system="ERP East", zone="Asia/Shanghai")


@dataclass(frozen=True)
class Case:
    """A document, the runs it came from and the store they keep their evidence in."""

    workspace: Path
    document: Document
    materials: tuple[RunMaterial, ...]
    store: EvidenceStore

    @property
    def documents(self) -> dict[str, Document]:
        """The same document for both languages."""
        return {"en": self.document, "zh": self.document}


def release(workspace: Path, assessment: Assessment, results=PASSED) -> Case:
    night = record_rehearsal(workspace, results)
    material = gather_run(night.folder, night.store)
    return Case(workspace, compose_release(assessment, FACTS, [material]), (material,), night.store)


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A release that is proved."""
    return release(tmp_path_factory.mktemp("go"), GO)


@pytest.fixture(scope="session")
def red(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A release with one of every trouble."""
    return release(tmp_path_factory.mktemp("red"), no_go(), FAILED)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A failed rehearsal no release knows of."""
    workspace = tmp_path_factory.mktemp("bare")
    night = record_rehearsal(workspace, FAILED)
    material = gather_run(night.folder, night.store)
    return Case(workspace, compose_run(material, AT), (material,), night.store)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module's tests."""
    started = Browser.start()
    yield started
    started.close()
