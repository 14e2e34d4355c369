"""A real Locust process on a real server: passed, failed and broken for the right reasons."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from golive.engines.load import LoadEngine
from golive.outcome import Status

ARGS = {"profile": "smoke"}


def test_fast_server_passes_with_everything_shown(workspace, site):
    context = workspace.context(site.url)
    assert list(LoadEngine().check(ARGS, context)) == []
    outcome = LoadEngine().run(ARGS, context)
    assert outcome.status is Status.PASSED, outcome.summary
    assert "3 users, 3 s" in outcome.summary
    assert "met GET /orders p95_ms" in outcome.summary
    metrics = {metric.name: metric for metric in outcome.metrics}
    assert metrics["requests"].value > 10
    assert metrics["GET /orders p95_ms"].unit == "ms"
    names = {item.name for item in outcome.evidence}
    assert names == {
        f"smoke/{name}"
        for name in ("result.json", "series.jsonl", "locust.log", "profiles.yaml", "user.py")
    }
    # golive's own look at /version signs in as nobody.
    clerk = f"Basic {base64.b64encode(b'clerk:s3cret-canary').decode()}"
    assert site.authorizations - {""} == {clerk}
    _series_adds_up(context.workdir, int(metrics["requests"].value))
    _no_secret_below(context.workdir)


def test_a_dry_run_puts_on_no_load(workspace, site):
    context = workspace.context(site.url)
    context.dry_run = True
    outcome = LoadEngine().run(ARGS, context)
    assert (outcome.status, outcome.summary) == (Status.SKIPPED, "dry run: no load was put on")
    assert site.authorizations == set()
    assert outcome.evidence == ()


def _series_adds_up(folder: Path, requests: int) -> None:
    lines = [json.loads(line) for line in (folder / "series.jsonl").read_text().splitlines()]
    assert [line["second"] for line in lines] == list(range(len(lines)))
    assert len(lines) >= 3
    assert sum(line["requests"] for line in lines) == requests
    assert max(line["users"] for line in lines) == 3


def _no_secret_below(folder: Path) -> None:
    for path in folder.rglob("*"):
        assert not path.is_file() or b"s3cret-canary" not in path.read_bytes(), path


def test_slow_server_fails_and_names_the_objective(workspace, site):
    site.delay = 0.2
    objectives = [
        {"metric": "p95_ms", "op": "<=", "value": 100, "name": "GET /orders"},
        {"metric": "error_ratio", "op": "<=", "value": 0.01},
    ]
    outcome = LoadEngine().run(ARGS, workspace.context(site.url, {"objectives": objectives}))
    assert outcome.status is Status.FAILED, outcome.summary
    assert re.search(r"missed GET /orders p95_ms \d+ \(<= 100\)", outcome.summary)
    assert "met error_ratio 0 (<= 0.01)" in outcome.summary


def test_errors_fail_however_fast_they_are(workspace, site):
    site.status = 500
    outcome = LoadEngine().run(ARGS, workspace.context(site.url))
    assert outcome.status is Status.FAILED, outcome.summary
    assert "error_ratio 1 (<= 0.01)" in outcome.summary


def test_no_server_is_broken(workspace):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    outcome = LoadEngine().run(ARGS, workspace.context(f"http://127.0.0.1:{port}"))
    assert outcome.status is Status.BROKEN
    assert f"cannot be reached at 127.0.0.1:{port}" in outcome.summary


def test_server_that_hangs_up_without_an_answer_is_broken(workspace, site):
    site.status = 0
    outcome = LoadEngine().run(ARGS, workspace.context(site.url))
    assert outcome.status is Status.BROKEN, outcome.summary
    assert "answered no request at all" in outcome.summary


def test_no_request_is_broken(workspace, site):
    context = workspace.context(site.url, {"locustfile": "load/idle.py"})
    outcome = LoadEngine().run(ARGS, context)
    assert outcome.status is Status.BROKEN, outcome.summary
    assert "not one request was made" in outcome.summary


def test_user_file_with_a_mistake_is_broken_although_requests_were_fast(workspace, site):
    context = workspace.context(site.url, {"locustfile": "load/crashing.py"})
    outcome = LoadEngine().run(ARGS, context)
    assert outcome.status is Status.BROKEN, outcome.summary
    assert "errors, e.g. KeyError: 'customer'" in outcome.summary


def test_user_file_that_cannot_be_loaded_is_broken_and_its_log_kept(workspace, site):
    context = workspace.context(site.url)
    (workspace.root / "load/user.py").write_text("import nothing_of_the_kind\n")
    context.language = "zh"
    outcome = LoadEngine().run(ARGS, context)
    assert outcome.status is Status.BROKEN
    assert outcome.summary.startswith("无法压测: load: Locust ended without a result")
    assert "smoke/locust.log" in {item.name for item in outcome.evidence}


@pytest.mark.parametrize(
    ("url", "kind", "facts", "more", "sentence"),
    [
        ("http://example.com", "test", {}, {}, "'example.com' is not this machine"),
        ("http://127.0.0.1.example.com", "test", {}, {}, "is not this machine"),
        ("http://127.0.0.1:1", "live", {}, {}, "this is production"),
        ("http://127.0.0.1:1", "test", {"load_max_users": "2"}, {}, "3 users, allowed are 2"),
        (
            "http://127.0.0.1:1",
            "test",
            {},
            {"stages": [{"users": 1, "spawn_rate": 1, "duration": "2h"}]},
            "7,200 seconds, allowed are 3,600",
        ),
        ("", "test", {}, {}, "has no address"),
    ],
)
def test_load_where_it_is_not_allowed_is_refused(workspace, url, kind, facts, more, sentence):
    context = workspace.context(url, more, kind=kind, **facts)
    assert any(sentence in str(problem) for problem in LoadEngine().check(ARGS, context))
    outcome = LoadEngine().run(ARGS, context)
    assert outcome.status is Status.BROKEN
    assert sentence in outcome.summary


def test_named_host_may_be_allowed(workspace):
    context = workspace.context("http://perf.example.com", load_hosts="a.example, perf.example.com")
    assert list(LoadEngine().check(ARGS, context)) == []


def test_mistakes_are_told_before_the_run(workspace, site):
    context = workspace.context(site.url)
    context.secrets = {}
    assert "secret 'clerk_password'" in str(next(iter(LoadEngine().check(ARGS, context))))
    (problem,) = LoadEngine().check({"profile": "smok"}, context)
    assert "did you mean 'smoke'?" in str(problem)


PARENT = """\
import sys
from pathlib import Path
from golive.contracts import Environment, Target
from golive.load.definition import read_profiles
from golive.load.runner import run_load

root, url = Path(sys.argv[1]), sys.argv[2]
environment = Environment(
    name="test", kind="test", targets={"new": Target(name="new", url=url)}, facts={}
)
profile = read_profiles(root / "load/profiles.yaml").profiles["smoke"]
run_load(
    profile, environment, locustfile=root / "load/user.py", folder=root / "work",
    account={"user": "clerk", "password": "x"}, say=lambda line: None,
)
"""


def test_load_ends_when_its_parent_is_killed(workspace, site):
    stages = [{"users": 2, "spawn_rate": 10, "duration": "5m"}]
    context = workspace.context(site.url, {"stages": stages})
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(workspace.root), site.url])
    locusts: list[psutil.Process] = []
    try:
        series = context.workdir / "series.jsonl"
        _until(lambda: series.is_file() and series.stat().st_size > 0)
        locusts = psutil.Process(parent.pid).children(recursive=True)
        assert locusts
        assert "s3cret" not in " ".join(word for each in locusts for word in each.cmdline())
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(timeout=10)
        _until(lambda: not any(_alive(each) for each in locusts))
        assert not (context.workdir / "result.json").exists()
    finally:
        for process in [*locusts, psutil.Process(parent.pid)] if parent.poll() is None else locusts:
            if _alive(process):
                process.kill()
        parent.wait(timeout=10)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _until(condition) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
