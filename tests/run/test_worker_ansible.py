"""A real playbook in a real worker: stopping it stops its effects, and its secrets stay secret."""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.parse
from pathlib import Path

import pytest

from golive.contracts import ELSEWHERE, AttemptId, Environment
from golive.outcome import Status
from golive.project import SecretRef
from golive.run import attempts, processes
from golive.run.attempts import AttemptSpec, Exit, State
from golive.run.launching import launch

#: With characters every encoding writes differently.
CANARY = 'kanari-"Zür!ch"/9?{{ 1 }}'
INVENTORY = "all:\n  hosts:\n    localhost:\n      ansible_connection: local\n"
STOPPED = """
- name: Load slowly
  hosts: localhost
  gather_facts: false
  tasks:
    - name: first
      ansible.builtin.shell: touch '{{ golive_workspace }}/first'
    - name: second, after a while
      block:
        - name: load
          ansible.builtin.shell: |
            touch '{{ golive_workspace }}/loading'
            sleep 15
            touch '{{ golive_workspace }}/second'
      rescue:
        - name: rescue
          ansible.builtin.shell: touch '{{ golive_workspace }}/second'
      always:
        - name: always
          ansible.builtin.shell: touch '{{ golive_workspace }}/second'
"""
TALKATIVE = """
- name: Sign in
  hosts: localhost
  gather_facts: false
  tasks:
    - name: use it properly
      ansible.builtin.shell:
        cmd: cat - '{{ golive_workspace }}/fifo' > /dev/null
        stdin: "{{ golive_secrets.pw }}"
      no_log: true
    - name: use a file
      ansible.builtin.copy:
        content: "{{ golive_secrets.pw }}"
        dest: "{{ golive_workspace }}/pw"
        mode: "0600"
      no_log: true
    - name: print it
      ansible.builtin.debug:
        msg: "{{ golive_secrets.pw }} {{ golive_secrets.pw | b64encode }}"
    - name: print all
      ansible.builtin.debug:
        var: golive_secrets
    - name: fail with it
      ansible.builtin.fail:
        msg: "signing in as admin:{{ golive_secrets.pw | urlencode }} {{ golive_secrets.pw }}"
"""


def until(true, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return found


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Start one playbook as an attempt of this test's own; what is left of it is ended."""
    workspace = tmp_path / "workspace"
    (tmp_path / "home").mkdir()
    workspace.mkdir(exist_ok=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    attempt = AttemptId(run=f"run-{os.getpid()}-{tmp_path.name}", task="T", number="1")

    def begin(playbook):
        (workspace / "play.yml").write_text(playbook)
        (workspace / "hosts.yml").write_text(INVENTORY)
        (workspace / "pw").write_text(CANARY + "\n")
        (workspace / "pw").chmod(0o600)
        folder = workspace / f"reports/runs/{attempt.run}/tasks/T/1"
        attempts.prepare(
            folder,
            AttemptSpec(
                attempt=attempt,
                engine="ansible",
                args={"playbook": "play.yml", "secrets": ["pw"]},
                workspace=workspace,
                environment=Environment(
                    name="demo", kind="demo", targets={}, facts={"inventory": "hosts.yml"}
                ),
                secret_refs=(SecretRef(name="pw", file="pw"),),
                timeout=120.0,
            ),
        )
        launch(folder)
        return folder

    yield begin
    processes.end_tree(lambda: processes.marked(str(attempt)), grace=0.1)


def result(folder):
    until(lambda: attempts.observe(folder).state is State.FINISHED)
    return attempts.read_result(folder)


def test_stopping_an_ansible_task_leaves_no_process_and_no_later_effect(begin):
    folder = begin(STOPPED)
    spec = attempts.read_spec(folder)
    until((spec.workspace / "loading").exists)
    # The shell that writes the second file later is running: in a session of its own.
    tree = processes.descendants(attempts.observe(folder).worker.pid)
    known = {processes.identify(pid) for pid in tree} - {None}
    assert len(known) >= 4
    attempts.request_stop(folder, "abort")
    found = result(folder)
    assert (found.exit, found.survivors, found.reason) == (Exit.STOPPED, (), "abort")
    until(lambda: not processes.marked(str(spec.attempt)))
    assert not [process for process in known if processes.is_alive(process)]
    # With every process that could write it gone, it is never written.
    assert (spec.workspace / "first").exists()
    assert not (spec.workspace / "second").exists()


def test_a_host_that_cannot_be_reached_keeps_a_stop_from_being_one(begin):
    """The attempt had begun something on a host: nobody answers there any more."""
    folder = begin(STOPPED)
    workspace = attempts.read_spec(folder).workspace
    until((workspace / "loading").exists)
    (workspace / "hosts.yml").write_text(
        f"{INVENTORY}    far: {{ansible_host: 127.0.0.1, ansible_port: 1}}\n"
    )
    (folder / "work" / ELSEWHERE).write_text("127.0.0.1:1\n")
    attempts.request_stop(folder, "abort")
    found = result(folder)
    assert (found.exit, found.survivors) == (Exit.STOPPED, ())
    (told,) = found.elsewhere
    assert told.startswith("work on host 'far' may go on: ")
    assert "Connection refused" in told


def forms(secret):
    """Every form looked for, each computed here and not by the code under test."""
    raw = secret.encode()
    yield "raw", raw
    yield "json", json.dumps(secret)[1:-1].encode()
    yield "json, not escaped", json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    yield "json twice", json.dumps(json.dumps(secret))[3:-3].encode()
    yield "url", urllib.parse.quote(secret, safe="").encode()
    yield "url, as Ansible", urllib.parse.quote(secret).encode()
    yield "form", urllib.parse.quote_plus(secret).encode()
    yield "hex", raw.hex().encode()
    for offset in range(3):
        # The digits that bytes before or after the secret have no part in.
        digits = base64.b64encode(b"\0" * offset + raw)[4 if offset else 0 : -4]
        yield f"base64 at {offset}", digits
        yield f"base64 for URLs at {offset}", digits.replace(b"+", b"-").replace(b"/", b"_")


def leaks(data):
    return [name for name, form in forms(CANARY) if form in data]


def process_texts():
    """Yield the command line and environment of every process of this machine."""
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            for part in ("cmdline", "environ"):
                try:
                    yield path / part, (path / part).read_bytes()
                except OSError:
                    continue


def test_the_forms_are_found_where_they_are():
    assert "raw" in leaks(f"x{CANARY}y".encode())
    assert leaks(base64.b64encode(b"ab" + CANARY.encode() + b"cd")) == ["base64 at 2"]
    assert leaks(json.dumps({"a": CANARY}).encode()) == ["json"]
    assert leaks(json.dumps({"a": json.dumps({"a": CANARY})}).encode()) == ["json twice"]
    assert not leaks(b"nothing")


def test_a_secret_reaches_the_playbook_and_nothing_else(begin, tmp_path):
    fifo = tmp_path / "workspace" / "fifo"
    fifo.parent.mkdir(exist_ok=True)
    os.mkfifo(fifo)
    folder = begin(TALKATIVE)
    attempt = str(attempts.read_spec(folder).attempt)

    def reading():
        for pid in processes.marked(attempt):
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            if line.startswith(b"cat\0"):
                return True
        return False

    until(reading)
    seen = list(process_texts())
    assert len([path for path, data in seen if b"ansible-playbook" in data]) >= 2
    assert [str(path) for path, data in seen if leaks(data)] == []
    assert [
        path
        for path in (folder.parents[4]).rglob("*")
        if path.is_file() and leaks(path.read_bytes())
    ] == []
    fifo.write_text("go on")
    found = result(folder)

    assert (found.exit, found.outcome.status) == (Exit.FINISHED, Status.FAILED)
    assert "'fail with it' failed: signing in as admin:[REDACTED:pw] [REDACTED:pw]" in (
        found.outcome.summary
    )
    # It was printed, and it is not there.
    assert "print it" in (folder / "log.txt").read_text()
    assert len(found.outcome.evidence) == 2
    private = Path(json.loads((folder / "worker.json").read_text())["private"])
    assert not private.exists()
    # Neither in the record nor anywhere else Ansible could have put it, its home included.
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "pw"]
    assert any("evidence" in path.parts for path in files)
    assert [str(path) for path in files if leaks(path.read_bytes())] == []
