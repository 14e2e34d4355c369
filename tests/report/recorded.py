"""A small record made as golive makes one: a rehearsal's journal and evidence, by a hand clock."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from golive.outcome import Evidence, Metric, Outcome, Status, Subject, outcome_to_json
from golive.record.chain import Actor
from golive.record.clock import Reading
from golive.record.evidence import EvidenceStore
from golive.record.journal import Journal
from golive.run.attempts import write_json
from golive.runbook.definition import (
    Body,
    Drill,
    DrillTargets,
    Person,
    Role,
    Runbook,
    Task,
    Team,
    Window,
)  # fmt: skip
from golive.runbook.drills import drill_steps, expand_drills
from golive.runbook.planning import Plan, plan_to_json
from golive.uat.results import Result, Results, counts, write_results

RUN = "20261204-1200-rehearsal-aaaa"
BEGIN = datetime(2026, 12, 4, 12, tzinfo=UTC)
GOLIVE = Actor(person="golive", os_user="ops", host="bastion", tty="", assurance="system")
WORK = Body(kind="command", argv=("true",), est=(1.0, 2.0))
ORDER = "features/order_to_cash/order.feature::录入订单后由主管审批"
PAID = "features/finance/invoice.feature::An invoice is paid in two parts"
CREDIT = "features/finance/invoice.feature::A blocked customer cannot buy <b>on credit</b>"


@dataclass
class HandClock:
    """Both clocks, three seconds further at each reading."""

    at: datetime = BEGIN
    mono: float = 100.0

    def __call__(self) -> Reading:
        self.at += timedelta(seconds=3)
        self.mono += 3
        return Reading(at=self.at, mono=self.mono, boot="boot-1")


def person(name: str, assurance: str = "simulated") -> Actor:
    return Actor(person=name, os_user="ops", host="bastion", tty="pts/1", assurance=assurance)


def make_plan(*, mode: Any = "rehearsal") -> Plan:
    """Return a night of five tasks, a drill and a gate no way leads back from."""
    tasks = (
        Task(id="FREEZE", kind="command", title="Freeze the old system", phase="prepare",
             argv=("true",), est=(5.0, 10.0), touches=("old",), undo=WORK),
        Task(id="REC-ORDERS", kind="compare", title="Orders agree in both systems", phase="verify",
             comparison="cutover_playbooks/comparisons/orders.yaml", after=("FREEZE",),
             est=(5.0, 10.0)),
        Task(id="SMOKE", kind="uat", title="Smoke scenarios", phase="verify", select="@smoke",
             after=("REC-ORDERS",), est=(20.0, 40.0)),
        Task(id="PRESSURE", kind="load", title="The opening-morning peak", phase="verify",
             profile="opening_morning", after=("SMOKE",), est=(15.0, 20.0)),
        Task(id="PONR", kind="gate", title="The point of no return", phase="go-live",
             owner="steering", ponr=True, after=("PRESSURE",), criteria={"SMOKE": "passed"}),
        Task(id="OPEN", kind="command", title="Open the new system", phase="go-live",
             argv=("true",), after=("PONR",), est=(5.0, 10.0), undo=WORK),
    )  # fmt: skip
    drill = Drill(
        id="DRILL", title="The new system dies", after=("REC-ORDERS",), before=("SMOKE",),
        inject=WORK, detect=WORK, acknowledge="steering", restore=WORK, confirm=WORK,
        targets=DrillTargets(detect="PT30S", acknowledge="PT1M", restore="PT2M"),
    )  # fmt: skip
    rehearsal = mode == "rehearsal"
    runbook = Runbook(
        schema="golive/runbook/v1", runbook="o2c", title="Order to cash 订单到收款",
        system="ERP East", zone="Asia/Shanghai", phases=("prepare", "verify", "go-live"),
        streams=(),
        window=Window(start="2026-12-04T20:00:00+08:00", end="2026-12-05T08:00:00+08:00",
                      reserve="PT1H", decision="PT20M", stop="PT5M"),
        tasks=expand_drills(tasks, (drill,)) if rehearsal else tasks,
    )  # fmt: skip
    team = Team(
        schema="golive/team/v1",
        roles={"steering": Role(people=("zhao",))},
        people={"zhao": Person(name="赵敏", simulated=True)},
    )
    return Plan(
        mode=mode, t0=BEGIN.isoformat(), fingerprint="ab" * 32, runbook=runbook, team=team,
        digests={}, rehearsal="dress" if rehearsal else "", abort_at="PONR" if rehearsal else "",
        drills=(drill,) if rehearsal else (),
    )  # fmt: skip


def picture(shade: int) -> bytes:
    """Return a PNG of one colour, real enough for a browser to draw."""
    rows = b"".join(b"\0" + bytes((shade, 160, 200)) * 64 for _ in range(40))

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 40, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def scenario(id_: str, status: str = "passed", **more: Any) -> Result:
    file, _, name = id_.partition("::")
    return Result(
        id=id_, file=file, line=7, name=name, feature="Feature", tags=("smoke",), language="en",
        status=status, started=(BEGIN + timedelta(minutes=1)).isoformat(), duration=4.5,
        target="new", **more,
    )  # fmt: skip


#: What the scenarios of the record below came to.
PASSED = (scenario(ORDER), scenario(PAID), scenario(CREDIT))
FAILED = (
    scenario(ORDER, "failed", message="凭证 V001 应为“已审批”，实际为“待审批”",
             step="那么字段“状态”应为“已审批”", step_line=12),
    scenario(PAID),
    scenario(CREDIT),
)  # fmt: skip


@dataclass
class Recorder:
    """Writes one run record by record; ``workspace`` is the folder that holds ``reports``."""

    workspace: Path
    plan: Plan = field(default_factory=make_plan)
    run: str = RUN
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.folder = self.workspace / "reports" / "runs" / self.run
        self.folder.mkdir(parents=True)
        self.store = EvidenceStore(self.workspace / "reports" / "evidence")
        write_json(self.folder / "plan.json", plan_to_json(self.plan))
        self.journal = Journal.create(
            self.folder / "journal.jsonl", prev=self.plan.fingerprint, clock=self.clock
        )
        opening = {
            "run": self.run, "mode": self.plan.mode, "runbook": self.plan.runbook.runbook,
            "rehearsal": self.plan.rehearsal, "fingerprint": self.plan.fingerprint,
            "plan_sha256": hashlib.sha256((self.folder / "plan.json").read_bytes()).hexdigest(),
            "t0": self.plan.t0,
            "environment": {"name": "demo", "kind": "demo", "targets": {}, "facts": {}},
        }  # fmt: skip
        self.add("run.opened", opening)

    def add(self, kind: str, data: Mapping[str, Any], actor: Actor = GOLIVE) -> None:
        self.journal.append(kind, data, actor=actor)

    def keep(self, name: str, content: bytes) -> Evidence:
        path = self.workspace / "draft" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return self.store.keep(path, name=name)

    def attempt(self, task: str, outcome: Outcome, *, number: str = "1", role: str = "run") -> None:
        self.add("task.starting", {"task": task, "number": number, "role": role})
        data = {"task": task, "number": number, "exit": "finished"}
        self.add("task.finished", data | {"outcome": outcome_to_json(outcome)})

    def outcome(self, summary: str, status: Status = Status.PASSED, **more: Any) -> Outcome:
        at = self.clock.at
        return Outcome(
            status=status, summary=summary, started=at, ended=at + timedelta(seconds=5),
            subject=Subject(environment="demo", target_version="1.0+abc"), **more,
        )  # fmt: skip

    def scenarios(self, results: Sequence[Result]) -> None:
        """Write the UAT attempt as its engine does: record, pictures, Allure's own results."""
        kept = [*self._uat_evidence(results)]
        bad = [one for one in results if one.status != "passed"]
        status = Status.FAILED if bad else Status.PASSED
        summary = f"{len(results) - len(bad)} of {len(results)} scenarios passed"
        self.attempt("SMOKE", self.outcome(summary, status, evidence=tuple(kept)))

    def _uat_evidence(self, results: Sequence[Result]) -> Iterator[Evidence]:
        shown = []
        for number, one in enumerate(results):
            name = f"screenshots/{number}/01-line-8.png"
            shot = self.keep(name, picture(number * 40))
            yield shot
            attachment = {"name": "01", "source": f"{number}-attachment.png", "type": "image/png"}
            yield self.keep(f"allure-results/{number}-attachment.png", picture(number * 40))
            status = {"passed": "passed", "failed": "failed"}.get(one.status, "broken")
            data = {
                "uuid": f"u{number}", "name": one.name, "fullName": one.id, "status": status,
                "stage": "finished", "start": 1, "stop": 2, "historyId": f"h{number}",
                "steps": [{"name": "Then it is so", "status": status, "attachments": [attachment]}],
                "labels": [{"name": "golive.id", "value": one.id},
                           {"name": "suite", "value": "Feature"}],
            }  # fmt: skip
            content = json.dumps(data, ensure_ascii=False).encode()
            yield self.keep(f"allure-results/{number}-result.json", content)
            shown.append(replace(one, screenshots=(name,)))
        record = Results(
            started=BEGIN.isoformat(), ended=BEGIN.isoformat(), select="@smoke", environment="demo",
            targets={"new": {"build": "1.0+abc"}}, browser={}, scenarios=tuple(shown),
            expected=tuple(one.id for one in results), counts=counts(shown),
        )  # fmt: skip
        path = write_results(self.workspace / "draft", record)
        yield self.store.keep(path, name="results.json")

    def close(self, verdict: str = "passed", *reasons: str) -> None:
        code = {"passed": 0, "failed": 1, "broken": 3, "stopped": 4}[verdict]
        self.add("run.closed", {"exit": code, "verdict": verdict, "reasons": list(reasons)})


def record_rehearsal(
    workspace: Path, results: Sequence[Result] = PASSED, *, differences: Sequence[str] = ()
) -> Recorder:
    """Write a dress rehearsal with a drill and its way back; its verdict follows ``results``."""
    night = Recorder(workspace)
    counted = {"tables": 28, "rows": 5328, "files": 3, "routes": 1}
    before = night.keep("fingerprint-before.json", b'{"old": 1}')
    night.add("fingerprint.taken",
              {"when": "before", "counts": counted, "evidence": asdict(before)})  # fmt: skip
    night.attempt("FREEZE", night.outcome("nobody can book any more"))
    night.attempt("REC-ORDERS", night.outcome(
        "orders: 496 rows agree", metrics=(Metric(name="agreeing_rows", value=496.0, unit="rows"),),
        evidence=(night.keep("orders/summary.json", b'{"agree": 496}'),),
    ))  # fmt: skip
    for step in drill_steps(night.plan.drills[0]):
        if step.endswith("acknowledge"):
            night.add("task.moved", {"task": step, "verb": "open", "reason": "", "role": ""})
            night.add("task.acted", {"task": step, "verb": "complete", "to": "done", "reason": ""},
                      person("zhao"))  # fmt: skip
        else:
            night.attempt(step, night.outcome("as expected"))
    night.add("drill.measured", {
        "drill": "DRILL", "title": "The new system dies", "met": True, "missed": [], "detect": 6.0,
        "acknowledge": 12.0, "restore": 24.0,
        "targets": {"detect": "PT30S", "acknowledge": "PT1M", "restore": "PT2M"},
    })  # fmt: skip
    night.scenarios(results)
    good = all(one.status == "passed" for one in results)
    if good:
        night.attempt("PRESSURE", night.outcome(
            "opening morning: 6 users, 12 s, 126 requests; met p95_ms 45.1 (<= 2000)",
            metrics=(Metric(name="p95_ms", value=45.1, unit="ms"),),
        ))  # fmt: skip
        night.add("task.moved", {"task": "PONR", "verb": "open", "reason": "", "role": ""})
        night.add("gate.evaluated", {"gate": "PONR", "met": True, "criteria": []})
        night.add("gate.decided", {"gate": "PONR", "decision": "go", "reason": "all seen"},
                  person("zhao"))  # fmt: skip
        night.add("task.moved", {"task": "PONR", "verb": "pass", "reason": "", "role": ""})
    night.add("run.aborting", {"reason": "the rehearsal turns back here"})
    step = {"id": "FREEZE.undo", "task": "FREEZE", "role": "undo", "after": [], "replaces": []}
    night.add("rollback.planned", {"steps": [step | {"seconds": 60.0}], "seconds": 60.0})
    night.attempt("FREEZE", night.outcome("booking is open again"), number="undo-1", role="undo")
    night.add("run.rolled_back", {"reason": ""})
    after = night.keep("fingerprint-after.json", b'{"old": 1, "after": true}')
    night.add("fingerprint.taken", {"when": "after", "counts": counted, "evidence": asdict(after),
                                    "differences": list(differences)})  # fmt: skip
    bad = [f"SMOKE: {one.name}: {one.message}" for one in results if one.status != "passed"]
    bad += [f"not as before: {item}" for item in differences]
    night.close("failed" if bad else "passed", *bad)
    return night
