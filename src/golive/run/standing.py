"""Ask the targets what they are: ``/version`` with build, site and configuration.

The answer's form stands in docs/reference.md under ``environments.NAME.sites``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from golive.contracts import Environment, Target
from golive.gate.facts import TargetState
from golive.gate.words import NOTHING_SAID, Text, text

__all__ = ["ask_target", "ask_targets", "target_from_json", "target_to_json"]

#: Seconds a target has to answer.
_ANSWER_WITHIN = 5.0
_MOST_BYTES = 1_000_000


def ask_targets(environment: Environment) -> dict[str, TargetState]:
    """Return what every target with an address reports, by name; silence is an answer too."""
    return {name: ask_target(one) for name, one in environment.targets.items() if one.url}


def ask_target(target: Target) -> TargetState:
    """Return what one target reports; a failure to answer stands in ``problem``."""
    url = f"{target.url}/version"
    request = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - as configured
    try:
        with urlopen(request, timeout=_ANSWER_WITHIN) as answer:  # noqa: S310 - as above
            data = json.loads(answer.read(_MOST_BYTES).decode("utf-8"))
    except HTTPError as error:
        return _silent(target, text(f"answers {error.code}", f"返回 {error.code}"))
    except (URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        return _silent(target, text(f"does not answer: {reason}", f"无应答：{reason}"))
    except ValueError:
        return _silent(target, text("answers no JSON", "返回的不是 JSON"))
    return _told(target, data if isinstance(data, Mapping) else {})


def _silent(target: Target, why: Text) -> TargetState:
    where = f"{target.url}/version"
    return TargetState(
        name=target.name, url=target.url,
        problem=text(f"'{target.name}': {where} {why.en}", f"“{target.name}”：{where} {why.zh}"),
    )  # fmt: skip


def _told(target: Target, data: Mapping[str, Any]) -> TargetState:
    configuration = data.get("configuration")
    configuration = configuration if isinstance(configuration, Mapping) else {}
    settings = configuration.get("settings")
    settings = settings if isinstance(settings, Mapping) else {}
    return TargetState(
        name=target.name,
        url=target.url,
        build=str(data.get("build", "")),
        site=str(data.get("site", "")),
        data=str(data.get("data", "")),
        configuration=str(configuration.get("sha256", "")),
        settings={str(key): str(value) for key, value in settings.items()},
    )


def target_to_json(state: TargetState) -> dict[str, Any]:
    """Return what a target reported as JSON data."""
    return asdict(state) | {"settings": dict(state.settings)}


def target_from_json(data: Mapping[str, Any]) -> TargetState:
    """Rebuild what a target reported. Raise TypeError when the data is none."""
    problem = data.get("problem") or {}
    return TargetState(**{**data, "problem": Text(**problem) if problem else NOTHING_SAID})
