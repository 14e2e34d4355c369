"""Follow one running playbook by its events: readable lines, counts, and what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from golive.outcome import Metric, Status

__all__ = ["PlayWatch", "message_of"]

#: Asking a host about itself is no work: alone it proves nothing.
_GATHERING = frozenset({"setup", "gather_facts"})
#: Ansible tasks that change nothing, whatever becomes of them.
_HARMLESS = _GATHERING | {
    "assert", "async_status", "debug", "fail", "find", "include_role", "include_tasks",
    "include_vars", "meta", "pause", "ping", "set_fact", "slurp", "stat", "wait_for",
    "wait_for_connection",
}  # fmt: skip
#: What ssh says when it never got so far as to begin anything on the host.
_NEVER_THERE = re.compile(
    r"ssh: connect to host|Could not resolve hostname|Permission denied|Host key verification"
    r"|kex_exchange_identification|banner exchange|Failed to create temporary directory"
)
_KEPT_KEYS = ("play", "task", "host", "resolved_action", "task_path", "duration", "start", "end")
#: Hosts not worth naming.
_HERE = ("", "localhost")
_RESULT_KEYS = ("changed", "msg", "rc", "censored", "attempts")
_COUNTS = ("ok", "changed", "dark", "failures", "ignored", "rescued", "skipped")


@dataclass(slots=True, kw_only=True)
class PlayWatch:
    """Takes ansible-runner's events through :meth:`event`."""

    say: Callable[[str], None]
    language: str = "en"
    #: One compact mapping per event that matters, in order.
    events: list[dict[str, object]] = field(default_factory=list)
    ok: int = 0
    changed: int = 0
    skipped: int = 0
    play: str = ""
    #: ``(ansible task, host, message)`` of failures nothing rescued or ignored at the time.
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    unreachable: list[tuple[str, str, str]] = field(default_factory=list)
    #: True once something changed, or may have, on any host.
    effects: bool = False
    #: ``(ansible task, host)`` -> what is at work there and may change something.
    _begun: dict[tuple[str, str], str] = field(default_factory=dict)
    _item_message: str = ""

    def event(self, event: Mapping[str, Any]) -> bool:
        """Take one event; False tells ansible-runner not to store it itself."""
        data = event.get("event_data") or {}
        kind = str(event.get("event", ""))
        self._record(event, kind, data)
        task, host = str(data.get("task") or ""), str(data.get("host") or "")
        self._follow(kind, task, host, data)
        match kind:
            case "playbook_on_play_start":
                self.play = str(data.get("name") or data.get("play") or "")
                self.say(f"play: {self.play}")
            case "playbook_on_task_start":
                self._item_message = ""
                self.say(f"start: {task}")
            case "runner_on_ok":
                self._ok(task, host, data)
            case "runner_on_skipped":
                self.skipped += 1
                self.say(f"skipped: {_at(task, host)}")
            case "runner_item_on_failed":
                self._item_message = message_of(data)
            case "runner_on_failed":
                self._failed(task, host, data)
            case "runner_on_unreachable":
                self.unreachable.append((task, host, message_of(data)))
                self.say(f"UNREACHABLE: {_at(task, host)}: {message_of(data)}")
            case "runner_retry":
                self.say(f"retry: {_at(task, host)}")
            case "playbook_on_no_hosts_matched":
                self.say("no host of the inventory matches this play")
        return False

    def _follow(self, kind: str, task: str, host: str, data: Mapping[str, Any]) -> None:
        """Note what is at work and what may have changed something."""
        result = data.get("res")
        changed = isinstance(result, Mapping) and bool(result.get("changed"))
        match kind:
            case "runner_on_start":
                if _action(data) not in _HARMLESS:
                    self._begun[task, host] = _action(data)
            case "runner_on_ok" | "runner_on_skipped" | "runner_item_on_ok":
                self.effects |= changed
            case "runner_on_failed" | "runner_item_on_failed":
                self.effects |= _action(data) not in _HARMLESS
            case "runner_on_unreachable":
                was_there = not _NEVER_THERE.search(message_of(data))
                self.effects |= was_there and _action(data) not in _HARMLESS
        if kind.startswith("runner_on_") and kind != "runner_on_start":
            self._begun.pop((task, host), None)

    def doubt(self, code: int) -> bool:
        """Tell whether it may have changed something and ended without saying how far it got.

        So it does when a host is lost, or Ansible itself, once an ansible task with effects began.
        """
        lost = bool(self.unreachable) or not self.failures
        return code != 0 and lost and (self.effects or bool(self._begun))

    def _record(self, event: Mapping[str, Any], kind: str, data: Mapping[str, Any]) -> None:
        if not kind or kind == "verbose":
            return
        compact: dict[str, object] = {"at": event.get("created", ""), "event": kind}
        compact |= {key: data[key] for key in _KEPT_KEYS if data.get(key) not in (None, "")}
        result = data.get("res")
        if isinstance(result, Mapping):
            compact |= {key: result[key] for key in _RESULT_KEYS if key in result}
        if kind == "playbook_on_stats":
            compact |= {key: data[key] for key in _COUNTS if key in data}
        self.events.append(compact)

    def _ok(self, task: str, host: str, data: Mapping[str, Any]) -> None:
        if _action(data) in _GATHERING:
            return
        result = data.get("res")
        if isinstance(result, Mapping) and result.get("changed"):
            self.changed += 1
            self.say(f"changed: {_at(task, host)}")
        else:
            self.ok += 1
            self.say(f"ok: {_at(task, host)}")

    def _failed(self, task: str, host: str, data: Mapping[str, Any]) -> None:
        message = self._item_message or message_of(data)
        if data.get("ignore_errors"):
            self.say(f"failed, and ignored: {_at(task, host)}: {message}")
            return
        self.failures.append((task, host, message))
        self.say(f"FAILED: {_at(task, host)}: {message}")

    @property
    def ran(self) -> int:
        """How many ansible tasks did something or found nothing to do."""
        return self.ok + self.changed

    def metrics(self) -> tuple[Metric, ...]:
        """Return the counts of ansible tasks, over all hosts."""
        counts = (("ok", self.ok), ("changed", self.changed), ("failed", len(self.failures)))
        return tuple(
            Metric(name=f"ansible_tasks_{name}", value=float(count), unit="1")
            for name, count in counts
        )

    def verdict(self, code: int, error: str, *, dry_run: bool) -> tuple[Status, str]:
        """Tell what came of it, from ansible-playbook's exit code and its own error line."""
        zh = self.language == "zh"
        if code == 0 and self.ran:
            return Status.PASSED, self._done(zh=zh)
        if code == 0 and dry_run and self.skipped:
            text = "the dry run skipped every ansible task, so it proves nothing"
            return Status.SKIPPED, "试运行跳过了所有步骤，什么也没有证明" if zh else text
        if code == 0:
            text = "no ansible task ran: no host matched, or every one was skipped"
            zh_text = "没有执行任何步骤：没有匹配的主机，或所有步骤都被跳过"
            return Status.BROKEN, zh_text if zh else text
        failed = bool(self.failures)
        text = self._failure(zh=zh) if failed else self._not_run(code, error, zh=zh)
        if self.doubt(code) and not dry_run:
            text += "；做到哪一步无法确认" if zh else "; how far the work got is not known"
        return Status.FAILED if failed else Status.BROKEN, text

    def _failure(self, *, zh: bool) -> str:
        task, host, message = self.failures[-1]
        if zh:
            where = "" if host in _HERE else f"在 '{host}' 上"
            return f"步骤“{task}”{where}失败：{message}"
        where = "" if host in _HERE else f" on '{host}'"
        return f"ansible task '{task}' failed{where}: {message}"

    def _not_run(self, code: int, error: str, *, zh: bool) -> str:
        if self.unreachable:
            _, host, message = self.unreachable[-1]
            text = f"host '{host}' cannot be reached: {message}"
            return f"无法连接主机 '{host}'：{message}" if zh else text
        text = f"Ansible could not run the playbook (exit code {code}): {error}"
        return f"Ansible 未能执行（退出码 {code}）：{error}" if zh else text

    def _done(self, *, zh: bool) -> str:
        if zh:
            return f"{self.play}：完成 {self.ran} 个步骤，其中 {self.changed} 个有变更"
        noun = "ansible task" if self.ran == 1 else "ansible tasks"
        return f"{self.play}: {self.ran} {noun} done, {self.changed} of them changed something"


def _action(data: Mapping[str, Any]) -> str:
    """Return the short name of the module or action an event is about."""
    action = str(data.get("resolved_action") or data.get("task_action") or "")
    return action.rpartition(".")[2]


def _at(task: str, host: str) -> str:
    return task if host in _HERE else f"{task} [{host}]"


def message_of(data: Mapping[str, Any]) -> str:
    """Return a result's message in one line; what ``no_log`` hides stays hidden."""
    result = data.get("res")
    if not isinstance(result, Mapping):
        return "no message"
    if "censored" in result:
        return "the message is hidden (no_log)"
    text = str(result.get("msg") or result.get("stderr") or result.get("stdout") or "no message")
    if result.get("msg") == "non-zero return code":
        detail = str(result.get("stderr") or result.get("stdout") or "").strip()
        text = f"exit code {result.get('rc')}" + (f": {detail.splitlines()[-1]}" if detail else "")
    return " ".join(text.split())
