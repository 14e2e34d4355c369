"""Each case of ``cases/lint`` is a runbook and what golive says of it; testers add files, no code.

A case has ``tasks`` (YAML text below the usual head), or a whole ``runbook``; it may have another
``team``. ``says`` are the problems in order, exactly; ``plan`` is the computed plan.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from golive.errors import SpecError
from golive.report.plan_text import plan_data
from golive.runbook.loading import load_runbook
from golive.runbook.planning import make_plan

CASES = sorted((Path(__file__).parent / "cases" / "lint").glob("*.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, workspace: Callable[[dict[str, Any]], Path]) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    root = workspace(case)
    if "says" in case:
        with pytest.raises(SpecError) as refused:
            load_runbook(root, "runbook.yaml")
        assert [str(problem) for problem in refused.value.problems] == case["says"]
        return
    loaded = load_runbook(root, "runbook.yaml")
    assert [str(problem) for problem in loaded.warnings] == case.get("warns", [])
    data = plan_data(make_plan(loaded, mode="live"))
    assert part_of(data, case.get("plan", {})) == case.get("plan", {})


def part_of(data: Any, wanted: Any) -> Any:
    """Return of the plan's data what a case says something about."""
    if isinstance(wanted, dict):
        return {key: part_of(data[key], value) for key, value in wanted.items()}
    if isinstance(wanted, list) and len(wanted) == len(data):
        return [part_of(each, value) for each, value in zip(data, wanted, strict=True)]
    return data


def test_there_are_cases() -> None:
    assert len(CASES) > 25
