"""Processes are known by more than their number, and a tree is ended for certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from golive.run import processes

ATTEMPT = f"run-{os.getpid()}/TASK/1"


def until(true, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return found


@pytest.fixture
def start():
    started = []

    def start(*argv, attempt=ATTEMPT, **options):
        environment = {"PATH": os.environ["PATH"], "GOLIVE_ATTEMPT": attempt}
        started.append(subprocess.Popen(argv, env=environment, **options))
        return started[-1]

    yield start
    processes.end_tree(lambda: processes.marked(ATTEMPT), grace=0.1)
    for process in started:
        process.kill()
        process.wait()


def test_a_process_is_itself_and_no_other():
    me = processes.identify(os.getpid())
    assert me is not None
    assert processes.is_alive(me)
    assert not processes.is_alive(replace(me, start_time=me.start_time + 1))
    assert not processes.is_alive(replace(me, boot_id="another boot"))
    assert processes.ProcessIdentity.from_json(me.to_json()) == me


def test_a_zombie_does_not_live(start):
    child = start("true")
    identity = until(lambda: processes.identify(child.pid) is None or None)
    assert identity
    assert (os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)).si_pid == child.pid
    assert child.pid not in processes.descendants(os.getpid())
    assert child.pid not in processes.marked(ATTEMPT)


def test_a_name_with_parentheses_is_no_trap(tmp_path, start):
    program = tmp_path / "a) R 1 ("
    program.symlink_to("/bin/sleep")
    child = start(str(program), "60")
    until(lambda: child.pid in processes.descendants(os.getpid()))
    assert processes.identify(child.pid).start_time > 0


def test_the_marker_finds_what_left_the_tree(start):
    script = "import subprocess, sys; subprocess.Popen(['sleep', '60'], start_new_session=True)"
    start(sys.executable, "-c", script).wait()
    [orphan] = until(lambda: processes.marked(ATTEMPT))
    assert orphan in processes.tree(None, ATTEMPT)
    assert not processes.marked(ATTEMPT + "0")
    assert processes.end_tree(lambda: processes.tree(None, ATTEMPT)) == ()
    assert not processes.marked(ATTEMPT)


def test_a_shell_does_not_go_on_to_its_next_line(start, tmp_path):
    marker = tmp_path / "later"
    for _ in range(5):
        shell = start("sh", "-c", f"sleep 60; echo later > '{marker}'", start_new_session=True)
        until(lambda: len(processes.marked(ATTEMPT)) == 2)
        assert processes.end_tree(lambda: processes.marked(ATTEMPT)) == ()
        assert shell.wait() == -signal.SIGTERM
    assert not marker.exists()


def test_what_ignores_the_request_is_killed(start):
    script = "trap '' TERM; while :; do sleep 0.05; done"
    shell = start("sh", "-c", script, start_new_session=True)
    until(lambda: len(processes.marked(ATTEMPT)) == 2)
    assert processes.end_tree(lambda: processes.marked(ATTEMPT), grace=0.1) == ()
    assert shell.wait() == -signal.SIGKILL


def test_survivors_are_named(start):
    child = start("true")
    # A finder that does not believe in death stands for a process no signal can end.
    survivors = processes.end_tree(lambda: frozenset({child.pid}), grace=0.05, patience=0.1)
    assert survivors == (child.pid,)


def test_orphans_come_to_the_subreaper():
    script = """
import os, subprocess, sys, time
from golive.run import processes
processes.become_subreaper()
inner = "import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True, env={})"
subprocess.run([sys.executable, "-c", inner], check=True)
assert len(processes.descendants(os.getpid())) == 1
assert processes.end_tree(lambda: processes.descendants(os.getpid()), reap=True) == ()
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("alone")
"""
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    assert done.stdout == b"alone\n"
