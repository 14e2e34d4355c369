"""How user acceptance stands, as text and as JSON data: what ran, on which version, by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from golive.gate.acceptance import AcceptanceLine, LineState, ProcessAcceptance
from golive.gate.facts import Facts, Tester
from golive.gate.signoffs import Acceptance
from golive.report.words import say

__all__ = [
    "STATE_WORDS",
    "acceptance_data",
    "acceptance_lines",
    "signed_by",
    "tester_words",
    "when",
]

STATE_WORDS: Mapping[LineState, tuple[str, str]] = {
    LineState.ACCEPTED: ("accepted", "已验收"),
    LineState.STALE: ("stale", "已过期"),
    LineState.OPEN: ("to be accepted", "待验收"),
    LineState.NOT_A_USERS: ("not a user's run", "非业务人员执行"),
    LineState.NOT_PASSED: ("not passed", "未通过或未执行"),
}
_SIDES = {
    "business": ("business", "业务"),
    "it": ("IT", "信息技术"),
    "vendor": ("vendor", "供应商"),
}
_ASSURANCE = {
    "claimed": ("by name only", "仅署名"), "pin": ("proven by PIN", "已验 PIN"),
    "simulated": ("simulated person of the demo", "演示用虚拟人员"),
}  # fmt: skip


def when(instant: datetime, zone: tzinfo | None) -> str:
    """Return an instant by the release's clock."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def tester_words(tester: Tester | None, language: str) -> str:
    """Return name, department, roles and side of who ran something."""
    if tester is None:
        return say(language, "nobody by name", "未署名")
    side = say(language, *_SIDES.get(tester.side, ("side not said", "未注明归属")))
    # A role named like the side would only say it twice.
    roles = (role for role in tester.roles if role != tester.side)
    parts = [tester.department, *roles, side]
    return _with(tester.name or tester.person, [part for part in parts if part], language)


def signed_by(one: Acceptance, language: str) -> str:
    """Return name, department and role of who signed, and how sure golive is of it."""
    assurance = say(language, *_ASSURANCE.get(one.assurance, (one.assurance, one.assurance)))
    parts = [part for part in (one.department, one.role, assurance) if part]
    return _with(one.name or one.person, parts, language)


def _with(name: str, parts: Sequence[str], language: str) -> str:
    inside = say(language, ", ", "，").join(parts)
    return say(language, f"{name} ({inside})", f"{name}（{inside}）")


def acceptance_lines(
    facts: Facts, processes: Sequence[ProcessAcceptance], language: str
) -> Iterator[str]:
    """Yield the lines: each process, who signed it, and each scenario that is not accepted."""
    for process in processes:
        count, total = process.count(LineState.ACCEPTED), len(process.lines)
        yield say(
            language,
            f"{process.process}: {count} of {total} scenarios accepted",
            f"{process.process}：{total} 个场景中 {count} 个已验收",
        )
        for one in process.acceptances:
            yield f"  {_signed(one, facts, language)}"
        for line in process.lines:
            yield from _line(line, facts, language)


def _signed(one: Acceptance, facts: Facts, language: str) -> str:
    who, at = signed_by(one, language), when(one.signed, facts.zone)
    said = say(
        language,
        f"signed by {who} at {at}: {len(one.items)} scenarios, ledger entry {one.seq}",
        f"{who} 于 {at} 验收 {len(one.items)} 个场景，台账第 {one.seq} 条",
    )
    if one.happened is not None:
        said += say(language, ", entered later from paper", "，由纸质记录补录")
    if one.revoked:
        said += say(language, f"; taken back by {one.revoked}", f"；已撤回：{one.revoked}")
    return said


def _line(line: AcceptanceLine, facts: Facts, language: str) -> Iterator[str]:
    state = say(language, *STATE_WORDS[line.state])
    reason = line.reason.into(language)
    said = f": {reason}" if reason else ""
    yield f"  [{state}] {line.title}{said}"
    if line.run and line.ran is not None and line.state is not LineState.NOT_PASSED:
        builds = ", ".join(f"{key} {value}" for key, value in line.builds.items())
        who = tester_words(line.tester, language)
        yield f"      {when(line.ran, facts.zone)}  {builds or '-'}  {who}  {line.run}"


def acceptance_data(
    facts: Facts, processes: Sequence[ProcessAcceptance], language: str
) -> dict[str, Any]:
    """Return it for machines; instants are RFC 3339 in UTC."""
    return {
        "schema": "golive/acceptance/v1",
        "release": facts.lock.release,
        "lock_sha256": facts.lock_sha256,
        "ledger": {"seq": facts.ledger_seq, "hash": facts.ledger_hash},
        "at": facts.at.isoformat(),
        "processes": [_process_data(one, language) for one in processes],
    }


def _process_data(process: ProcessAcceptance, language: str) -> dict[str, Any]:
    return {
        "process": process.process,
        "accepted": process.count(LineState.ACCEPTED),
        "scenarios": len(process.lines),
        "complete": process.complete,
        "acceptances": [
            {
                "seq": one.seq, "hash": one.hash, "at": one.at.isoformat(),
                "signed": one.signed.isoformat(), "person": one.person, "name": one.name,
                "department": one.department, "role": one.role, "assurance": one.assurance,
                "statement": one.statement, "comment": one.comment, "revoked": one.revoked,
                "items": [item.id for item in one.items],
            }
            for one in process.acceptances
        ],
        "lines": [_line_data(line, language) for line in process.lines],
    }  # fmt: skip


def _line_data(line: AcceptanceLine, language: str) -> dict[str, Any]:
    tester = line.tester
    return {
        "id": line.id, "title": line.title, "place": line.place, "state": line.state.value,
        "reason": line.reason.into(language), "run": line.run,
        "ran": line.ran.isoformat() if line.ran else "", "builds": dict(line.builds),
        "tester": {
            "person": tester.person, "name": tester.name, "department": tester.department,
            "roles": list(tester.roles), "side": tester.side, "assurance": tester.assurance,
        } if tester else None,
        "acceptance": line.acceptance.seq if line.acceptance else 0,
    }  # fmt: skip
