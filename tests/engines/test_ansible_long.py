"""Long work on a host: begun once, found again while its end is in doubt, and done again after."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from golive.contracts import AttemptId
from golive.engines.ansible import AnsibleEngine
from golive.outcome import Status

PLAY = """
- name: Load the history
  hosts: localhost
  gather_facts: false
  roles:
    - role: golive_long
      vars:
        golive_long_every: 1
        # So that the play of a killed worker does not look for its job for hours.
        golive_long_seconds: 60
        golive_long_folder: "{{ golive_workspace }}/jobs"
        golive_long_argv:
          - "{{ golive_python }}"
          - "{{ golive_workspace }}/load.py"
"""
#: Notes that it began, then waits to be let go, and ends with the code it finds.
LOAD = """
import pathlib, sys, time
here = pathlib.Path(__file__).parent
with open(here / "began", "a") as file:
    file.write("once\\n")
while not (here / "go-on").exists():
    time.sleep(0.05)
sys.exit(int((here / "go-on").read_text() or 0))
"""


@pytest.fixture
def long(context, write, workspace):
    write("load.py", LOAD)
    write("play.yml", PLAY)

    def attempt(number, job):
        numbered = dataclasses.replace(
            context, attempt=AttemptId(run="night", task="LOAD", number=number, job=job)
        )
        return AnsibleEngine().run({"playbook": "play.yml"}, numbered)

    return attempt


@pytest.fixture
def killed_attempt(long, workspace):
    """Begin an attempt in a process of its own and kill that once the work has begun."""
    child = os.fork()
    if child == 0:
        try:
            long("1", job="1-a")
        finally:
            os._exit(0)
    deadline = time.monotonic() + 120
    while not (workspace / "began").exists():
        assert time.monotonic() < deadline, "the work never began"
        time.sleep(0.05)
    told = Path(f"/proc/{child}/task").glob("*/children")
    left = [int(pid) for path in told for pid in path.read_text().split()]
    assert left
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    yield
    # What it had begun would look for its work until the machine is switched off.
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="workers are Linux processes")
@pytest.mark.usefixtures("killed_attempt")
def test_the_next_attempt_finds_the_work_of_one_that_was_killed(long, workspace):
    # What is other work does not begin beside it.
    outcome = long("2", job="2-b")
    (workspace / "go-on").write_text("0")
    assert outcome.status is Status.FAILED
    assert "earlier work of this task has not ended here" in outcome.summary
    assert f"{workspace}/jobs/night/LOAD/1-a/j" in outcome.summary
    outcome = long("3", job="1-a")
    assert outcome.status is Status.PASSED, outcome.summary
    assert (workspace / "began").read_text() == "once\n"


def test_its_failure_is_the_tasks_failure_and_a_retry_does_it_again(long, workspace):
    (workspace / "go-on").write_text("3")
    outcome = long("1", job="1-a")
    assert outcome.status is Status.FAILED
    assert (workspace / "began").read_text() == "once\n"
    (workspace / "go-on").write_text("0")
    outcome = long("2", job="2-b")
    assert outcome.status is Status.PASSED, outcome.summary
    assert (workspace / "began").read_text() == "once\n" * 2
