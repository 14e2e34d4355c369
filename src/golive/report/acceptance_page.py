"""The acceptance sheet as one static page to read, sign and print; asks no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from golive.gate.acceptance import AcceptanceLine, LineState, ProcessAcceptance
from golive.gate.facts import Facts
from golive.report.acceptance_view import STATE_WORDS, signed_by, tester_words, when
from golive.report.html import policy_for, render_template, style_of
from golive.report.words import say

__all__ = ["acceptance_page"]

_RULE = (
    """Only what a user ran and passed can be accepted; runs of IT or of a vendor are not user
acceptance. What changes afterwards makes the acceptance stale, item by item.""",
    """仅业务人员执行并通过的场景可以验收；信息技术人员或供应商的执行不算用户验收。此后发生的改动会使相应条目逐项过期。""",
)
_TONES = {LineState.ACCEPTED: "good", LineState.OPEN: "warn", LineState.STALE: "warn"}


def acceptance_page(
    facts: Facts, processes: Mapping[str, Sequence[ProcessAcceptance]], language: str, *, other: str
) -> str:
    """Return the sheet of the processes, told in each language; ``other`` is the other page."""
    style = style_of("page.css", "acceptance.css")
    shown = processes[language]
    return render_template(
        "acceptance.html",
        language=language,
        other=other,
        style=style,
        policy=policy_for(style),
        release=facts.lock.release,
        system=facts.lock.system,
        lock=facts.lock_sha256[:16],
        number=facts.lock.number,
        ledger=f"{facts.ledger_seq} · {facts.ledger_hash[:16]}",
        at=when(facts.at, facts.zone),
        processes=[_process(facts, one, language) for one in shown],
        words=_words(language),
    )


def _process(facts: Facts, process: ProcessAcceptance, language: str) -> dict[str, Any]:
    count, total = process.count(LineState.ACCEPTED), len(process.lines)
    standing = [one for one in process.acceptances if not one.revoked]
    return {
        "name": process.process,
        "tone": "good" if process.complete else "bad",
        "sentence": say(
            language,
            f"{count} of {total} scenarios accepted by the business",
            f"{total} 个场景中 {count} 个已由业务人员验收",
        ),
        "signed": [
            {
                "who": signed_by(one, language),
                "when": when(one.signed, facts.zone),
                "statement": one.statement,
                "comment": one.comment,
                "revoked": one.revoked,
                "entry": f"{one.seq} · {one.hash[:16]}",
                "paper": one.happened is not None,
            }
            for one in process.acceptances
        ],
        "rows": [_row(facts, line, language) for line in process.lines],
        "to_sign": not standing or not process.complete,
    }


def _row(facts: Facts, line: AcceptanceLine, language: str) -> dict[str, str]:
    accepted = line.acceptance if line.state in {LineState.ACCEPTED, LineState.STALE} else None
    return {
        "title": line.title,
        "place": line.place,
        "state": say(language, *STATE_WORDS[line.state]),
        "tone": _TONES.get(line.state, "bad"),
        "reason": line.reason.into(language),
        "when": when(line.ran, facts.zone) if line.ran else "–",
        "version": ", ".join(f"{key} {value}" for key, value in line.builds.items()) or "–",
        "tester": tester_words(line.tester, language) if line.run else "–",
        "run": line.run,
        "accepted": say(language, ", ", "，").join(
            (accepted.name or accepted.person, when(accepted.signed, facts.zone))
        )
        if accepted
        else "–",
    }


def _words(language: str) -> Mapping[str, str]:
    pairs = {
        "title": ("User acceptance", "用户验收单"),
        "other": ("中文", "English"),
        "lock": ("release lock", "发布基线"),
        "ledger": ("ledger entry", "台账"),
        "as_of": ("as of", "截至"),
        "scenario": ("Scenario", "业务场景"),
        "state": ("Acceptance", "验收状态"),
        "ran": ("Ran at", "执行时间"),
        "version": ("Version", "版本"),
        "tester": ("Run by", "执行人"),
        "accepted": ("Accepted by", "验收人"),
        "signed": ("Signed", "已签署"),
        "revoked": ("taken back", "已撤回"),
        "paper": ("entered later from paper", "由纸质记录补录"),
        "nobody": ("Nobody of the business has accepted this yet.", "业务人员尚未验收。"),
        "name": ("Name", "姓名"),
        "department": ("Department", "部门"),
        "date": ("Date", "日期"),
        "sign": ("Signature / seal", "签字／盖章"),
        "rule": _RULE,
    }
    return {key: say(language, english, chinese) for key, (english, chinese) in pairs.items()}
