"""This workspace's own scenarios against the demo's new system.

All of them pass by pytest in the demo's own story (``tests/demo/test_demo_command.py``).
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from golive.load.definition import read_profiles
from golive.uat.behave.reading import read_case_files
from golive.uat.behave.runner import find_gaps

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(new_url, tmp_path):
    """A copy of the workspace whose site is a running new system."""
    for name in ("features", "steps"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "conftest.py", tmp_path)
    site = {"kind": "demo", "site_file": str(new_url / "site.json")}
    settings = json.dumps(site).replace('":', '" =')
    (tmp_path / "pyproject.toml").write_text(
        f'[tool.golive]\nenvironment = "demo"\n[tool.golive.environments]\ndemo = {settings}\n'
        '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib", "--strict-markers"]\n'
        'filterwarnings = ["error"]\n'
        '[tool.behave]\npaths = ["features"]\nrunner = "golive.uat.behave:Runner"\n'
    )
    return tmp_path


def _mine():
    """The environment without what the pytest around this test says to its own workers."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}


def run(folder, *command, patience="10"):
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**_mine(), "GOLIVE_PATIENCE": patience},
    )


def test_behave_runs_the_same_files(copy):
    done = run(copy, "behave", "--tags=@smoke", "-f", "progress", "--no-color")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 scenarios passed, 0 failed, 20 skipped" in done.stdout


def test_a_system_that_lets_a_clerk_approve_is_found(copy):
    # The scenario is turned around: what the real system refuses must make it red.
    path = copy / "features/order_to_cash/order_entry.feature"
    text = path.read_text(encoding="utf-8")
    text = text.replace(
        "系统应拒绝并提示“您的角色（业务员）无权审批订单。”", "字段“状态”应为“已审批”"
    )
    path.write_text(text, encoding="utf-8")
    done = run(copy, "pytest", "features", "-q", "-m", "异常 and REQ-O2C-2", patience="1")
    assert done.returncode == 1, done.stdout
    assert "字段“状态”应为“已审批”" in done.stdout


def test_eighteen_scenarios_over_three_processes_half_of_them_chinese_all_traced():
    files = read_case_files(ROOT, "features")
    assert [problem for file in files for problem in file.problems] == []
    cases = [case for file in files for case in file.cases]
    assert find_gaps(ROOT, cases) == ()
    plain = {(case.path, case.scenario.parent.line if case.row else case.line) for case in cases}
    languages = [next(c.language for c in cases if c.path == path) for path, _line in plain]
    assert (len(plain), languages.count("zh-CN")) == (18, 10)
    tags = {tag for case in cases for tag in case.tags}
    for process in ("order_to_cash", "finance", "stock"):
        own = {tag for case in cases if f"/{process}/" in case.path for tag in case.tags}
        assert {"smoke", "边界", "异常"} <= own, process
    with (ROOT / "features/requirements.csv").open(encoding="utf-8") as file:
        known = {row["id"] for row in csv.DictReader(file)}
    profiles = read_profiles(ROOT / "load/profiles.yaml").profiles.values()
    by_load = {id_ for one in profiles for objective in one.objectives
               for id_ in objective.requirements}  # fmt: skip
    assert {tag for tag in tags if tag.startswith("REQ-")} | by_load == known
