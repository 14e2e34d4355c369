"""The mark on what is begun on hosts, and its end there: on this machine, without a server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from golive.contracts import ELSEWHERE
from golive.engines import playing
from golive.engines.ending_hosts import end_on_hosts

MODULE = Path(playing.__file__).parent / "hosts" / "library" / "golive_end.py"
JOB = f"run-{os.getpid()}/LOAD/1-a@127.0.0.1:22"
#: A shell that does not end when asked, and a process below it without the mark.
STUBBORN = "trap '' TERM; env -u GOLIVE_JOB sleep 600 & echo $!; wait; sleep 600"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Return work of the job on this machine, as an asynchronous one of Ansible's begins it."""
    (tmp_path / "jobs").mkdir()
    environment = {**os.environ, "GOLIVE_JOB": JOB, "ANSIBLE_ASYNC_DIR": str(tmp_path / "jobs")}
    with subprocess.Popen(
        ["sh", "-c", STUBBORN], env=environment, stdout=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as made:  # fmt: skip
        yield made
        made.kill()


def end(tmp_path: Path, job: str) -> dict[str, Any]:
    (tmp_path / "args.json").write_text(json.dumps({"job": job}))
    done = subprocess.run(
        [sys.executable, str(MODULE), str(tmp_path / "args.json")],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_job_is_ended_with_all_below_it_and_nobody_waits_for_it(
    work: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert work.stdout is not None
    below = int(work.stdout.readline())
    files = {"j1.1": {"started": 1, "finished": 0}, "j2.2": {"started": 1, "finished": 1}}
    for name, data in files.items():
        (tmp_path / "jobs" / name).write_text(json.dumps(data))
    assert end(tmp_path, JOB.replace("1-a", "2-b")) == {"changed": False, "ended": []}
    assert work.poll() is None, "work of another job was ended"
    told = end(tmp_path, JOB)
    assert (told["changed"], {work.pid, below} <= set(told["ended"])) == (True, True)
    assert work.wait(30) < 0
    # What was ended has no result to wait for; what had ended has.
    assert [path.name for path in (tmp_path / "jobs").iterdir()] == ["j2.2"]
    assert end(tmp_path, JOB) == {"changed": False, "ended": []}


def test_what_ssh_has_a_host_do_is_marked_and_noted_first(
    context: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in the place of ssh shows what it was given."""
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "ssh"
    fake.write_text('#!/bin/sh\nfor word do printf "%s\\n" "$word"; done\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    ssh = playing._marking_ssh(context)

    def given(*words: str) -> list[str]:
        done = subprocess.run([str(ssh), *words], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    options = ["-o", "Port=2222", "-o", "User=a b"]
    command = "/bin/sh -c 'echo \"$HOME\" && sleep 0'"
    mark = f"env GOLIVE_JOB={playing.job_of(context.attempt)}@10.0.0.7:2222"
    assert given(*options, "10.0.0.7", command) == [*options, "10.0.0.7", f"{mark} {command}"]
    assert (context.workdir / ELSEWHERE).read_text() == "10.0.0.7:2222\n"
    # What only speaks to the connection itself begins nothing.
    assert given("-O", "stop", "10.0.0.7") == ["-O", "stop", "10.0.0.7"]
    assert (context.workdir / ELSEWHERE).read_text() == "10.0.0.7:2222\n"


def test_a_host_that_does_not_answer_or_is_not_known_proves_nothing(context: Any) -> None:
    (context.workdir / ELSEWHERE).write_text("127.0.0.1:1\n10.9.9.9:22\n127.0.0.1:1\n")
    gone, missing = sorted(end_on_hosts(context), key=lambda told: "10.9.9.9" in told)
    assert gone.startswith("work on host 'nowhere' may go on: ")
    assert missing == "work on host '10.9.9.9:22' may go on: the inventory does not name it"
    context.language = "zh"
    told = next(iter(end_on_hosts(context)))
    assert told == "主机 '10.9.9.9:22' 上的作业可能仍在运行：不在主机清单中"
