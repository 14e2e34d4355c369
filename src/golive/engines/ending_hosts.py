"""End on hosts what an attempt began there, by a playbook of golive's own, and hear who proves it.

A host proves it when its processes were looked for and none is left. One that cannot be reached, or
is not in the inventory any more, proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from golive.contracts import ELSEWHERE, Context
from golive.engines.playing import job_of, play, printed_by
from golive.engines.plays import message_of
from golive.run.surroundings import private_folder

__all__ = ["end_on_hosts"]

_PLAYBOOK = Path(__file__).parent / "hosts" / "end.yml"


@dataclass(slots=True, kw_only=True)
class _Heard:
    """What the hosts concerned said; ``place`` is the address and port of one."""

    places: dict[str, str] = field(default_factory=dict)
    proven: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)

    def event(self, event: Mapping[str, Any]) -> bool:
        """Take one of ansible-runner's events."""
        data = event.get("event_data") or {}
        kind, task, host = event.get("event"), data.get("task"), str(data.get("host") or "")
        if kind == "runner_on_ok" and task == "place":
            self.places[str(data["res"].get("msg", "")).strip()] = host
        elif kind == "runner_on_ok" and task == "end":
            self.proven.add(host)
        elif kind in {"runner_on_failed", "runner_on_unreachable"}:
            self.refused[host] = message_of(data)
        return False


def end_on_hosts(context: Context) -> Iterator[str]:
    """End an attempt's work on its hosts; yield a sentence for each host that does not prove it."""
    noted = (context.workdir / ELSEWHERE).read_text(encoding="utf-8").splitlines()
    places = sorted({line.strip() for line in noted})
    heard = _Heard()
    with private_folder() as private:
        variables = {"golive_job": job_of(context.attempt), "golive_places": places}
        play(_PLAYBOOK, context, private, variables=variables, hear=heard.event)
        context.say(printed_by(private))
    zh = context.language == "zh"
    for place in places:
        host = heard.places.get(place, place)
        if host in heard.proven:
            continue
        why = heard.refused.get(host, "不在主机清单中" if zh else "the inventory does not name it")
        yield (
            f"主机 '{host}' 上的作业可能仍在运行：{why}"
            if zh
            else f"work on host '{host}' may go on: {why}"
        )
