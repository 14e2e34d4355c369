"""Two hosts reached by SSH, one cut off in the middle of a task: told, and found again.

Two OpenSSH servers of the test's own user listen on loopback ports. Work begins on both; the server
of one and every connection to it are killed, then the controller. Part of ``make prove``. Writes
its dated figures to ``docs/proof/two-hosts.json``.
"""

from __future__ import annotations

import getpass
import json
import os
import platform
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.prove.conftest import ROOT
from tests.run.conftest import HEAD, PYPROJECT, TEAM, Workspace

from golive.run.opening import read_run

PLAY = """
- name: Load the history
  hosts: far
  gather_facts: false
  roles:
    - role: golive_long
      vars:
        golive_long_every: 1
        golive_long_folder: "{{ golive_workspace }}/{{ inventory_hostname }}/jobs"
        golive_long_argv:
          - "{{ golive_python }}"
          - "{{ golive_workspace }}/load.py"
          - "{{ inventory_hostname }}"
"""
#: The same by a module that runs as long as the work does.
PLAIN = """
- name: Load the history
  hosts: far
  gather_facts: false
  tasks:
    - name: load
      ansible.builtin.command:
        argv:
          - "{{ golive_python }}"
          - "{{ golive_workspace }}/load.py"
          - "{{ inventory_hostname }}"
"""
UNDO = """
- name: Take the history away again
  hosts: far
  gather_facts: false
  tasks:
    - name: take it away
      ansible.builtin.file:
        path: "{{ golive_workspace }}/{{ inventory_hostname }}/loaded"
        state: absent
"""
#: Notes that it began and who it is, waits to be let go, and notes that it is done.
LOAD = """
import os, pathlib, sys, time
here = pathlib.Path(__file__).parent / sys.argv[1]
(here / "pid").write_text(str(os.getpid()))
with open(here / "began", "a") as file:
    file.write("once\\n")
while not (here / "go-on").exists():
    time.sleep(0.05)
with open(here / "loaded", "a") as file:
    file.write("once\\n")
"""
TASKS = """
  - {id: LOAD, kind: ansible, title: Load, playbook: play.yml, rerun: resumable, owner: ops,
     undo: {kind: ansible, playbook: undo.yml}}
  - {id: M, kind: milestone, title: M, after: [LOAD]}
"""
SERVER = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile {folder}/sshd.pid
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
"""


@dataclass
class Server:
    """One OpenSSH server with keys of its own."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def up(self) -> None:
        """Start it, and wait until it answers."""
        sshd = shutil.which("sshd", path=f"/usr/sbin:/usr/local/sbin:/sbin:{os.environ['PATH']}")
        assert sshd, "there is no sshd: apt-get install openssh-server"
        with (self.folder / "sshd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sshd, "-D", "-e", "-f", str(self.folder / "sshd_config")],
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until(self._answers, "the server does not answer")

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
            return True
        return False

    def cut(self) -> int:
        """Kill it and every connection to it, not the work; return how many processes that were."""
        if self.process is None:
            return 0
        family = [pid for pid in _below(self.process.pid) if _is_server(pid)]
        for pid in (self.process.pid, *family):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(30)
        self.process = None
        return 1 + len(family)


def until(met: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _below(pid: int) -> Iterator[int]:
    """Yield every process below one, as ``/proc`` tells it."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield int(child)
        with suppress(OSError):
            yield from _below(int(child))


def _is_server(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().startswith("sshd")
    return False


def _server(folder: Path) -> Server:
    folder.mkdir()
    for name in ("host_key", "key"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    (folder / "sshd_config").write_text(SERVER.format(port=port, folder=folder))
    return Server(folder=folder, port=port)


def _line(name: str, server: Server, root: Path) -> str:
    options = f"-o StrictHostKeyChecking=no -o UserKnownHostsFile={root}/known_hosts"
    return (
        f"    {name}: {{ansible_host: 127.0.0.1, ansible_port: {server.port}, "
        f"ansible_user: {getpass.getuser()}, "
        f"ansible_ssh_private_key_file: {server.folder}/key, "
        f'ansible_ssh_common_args: "{options}"}}\n'
    )


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[dict[str, Server]]:
    """Run two servers; a server of root's needs the folder its packages make at boot."""
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    made = {name: _server(tmp_path / f"ssh-{name}") for name in ("alpha", "beta")}
    for server in made.values():
        server.up()
    yield made
    for server in made.values():
        server.cut()


@pytest.fixture
def night(tmp_path: Path, hosts: dict[str, Server]) -> Workspace:
    """Make a workspace whose only task loads on both hosts."""
    root = tmp_path / "ws"
    for folder in ("rehearsals", "files", *hosts):
        (root / folder).mkdir(parents=True)
    lines = "".join(_line(name, server, root) for name, server in hosts.items())
    environment = PYPROJECT.replace("{root}", str(root)).replace(
        'kind = "demo"', 'kind = "demo"\ninventory = "hosts.yml"'
    )
    for name, text in {
        "hosts.yml": f"far:\n  hosts:\n{lines}", "play.yml": PLAY, "undo.yml": UNDO,
        "load.py": LOAD, "team.yaml": TEAM, "pyproject.toml": environment,
    }.items():  # fmt: skip
        (root / name).write_text(text)
    with sqlite3.connect(root / "old.db") as base:
        base.execute("create table orders (name text, amount integer)")
    made = Workspace(root=root)
    made.runbook(TASKS, abort_at="M", head=HEAD)
    return made


@pytest.mark.prove
def test_a_host_cut_off_in_the_middle_is_told_and_found_again(
    night: Workspace, hosts: dict[str, Server]
) -> None:
    root, began = night.root, time.monotonic()
    with night.start("rehearse", "all") as controller:
        until(lambda: all((root / name / "began").exists() for name in hosts), _said(night))
        killed = hosts["beta"].cut()
        controller.kill()
    (root / "alpha" / "go-on").touch()
    with night.start("resume") as controller:
        night.until(lambda: night.state_of("LOAD") == "unknown", seconds=180)
        found = read_run(night.run_folder()).progress.of("LOAD")
        assert found.outcome is not None
        assert found.outcome.status == "broken", "a host that is gone tells nothing"
        assert "host 'beta' cannot be reached" in found.reason
        assert found.reason.endswith("how far the work got is not known")
        assert _lines(root / "alpha" / "loaded") == ["once"]
        assert not (root / "beta" / "loaded").exists()
        # The host itself never noticed: its work goes on, and ends before anybody is back.
        (root / "beta" / "go-on").touch()
        until((root / "beta" / "loaded").exists, "the work on beta went with its server")
        hosts["beta"].up()
        run = night.run_folder().name
        again = night.golive(
            "task", run, "LOAD", "resolve", "--result", "re-attach", "--reason", "it is back",
            person="li",
        )  # fmt: skip
        assert again.returncode == 0, again.stderr
        assert controller.wait(300) == 0, _said(night)
    assert [_lines(root / name / "began") for name in hosts] == [["once"], ["once"]]
    assert not any((root / name / "loaded").exists() for name in hosts), "undone on both"
    assert night.golive("verify").returncode == 0
    state = read_run(night.run_folder())
    assert [each.end for each in state.attempts if each.role == "run"] == ["finished", "finished"]
    write_proof(killed, found.outcome.summary, time.monotonic() - began)


@pytest.mark.prove
@pytest.mark.parametrize("play", [PLAY, PLAIN], ids=["long", "plain"])
def test_a_stop_reaches_the_hosts_and_what_it_cannot_reach_is_in_doubt(
    night: Workspace, hosts: dict[str, Server], play: str
) -> None:
    root = night.root
    (root / "play.yml").write_text(play)
    with night.start("rehearse", "all") as controller:
        first = _at_work(root, hosts)
        press = ("task", night.run_folder().name, "LOAD")
        assert night.golive(*press, "stop", "--reason", "wrong data", person="li").returncode == 0
        night.until(lambda: night.state_of("LOAD") == "stopped", seconds=120)
        assert not [pid for pid in first if _lives(pid)], "it is stopped, and yet work goes on"
        # What was ended is not waited for: the work begins anew.
        again = night.golive(*press, "retry", "--reason", "right data", person="li")
        assert again.returncode == 0, again.stderr
        second = _at_work(root, hosts)
        hosts["beta"].cut()
        words = ("--reason", "turn back", "--as", "li")
        assert night.golive("run", press[1], "abort", *words).returncode == 0
        night.until(lambda: night.state_of("LOAD") == "unknown", seconds=180)
        found = read_run(night.run_folder()).progress.of("LOAD")
        assert "work on host 'beta' may go on" in found.reason
        assert [_lives(pid) for pid in second] == [False, True]
        # Nothing is undone beside it; once the host is back, a person says stop again.
        assert night.status()["phase"] == "aborting"
        hosts["beta"].up()
        assert night.golive(*press, "stop", "--reason", "beta is back", person="li").returncode == 0
        # Rolled back, but what came of the task was never known.
        assert controller.wait(300) == 3, _said(night)
    assert not any(_lives(pid) for pid in second)
    assert not any((root / name / "loaded").exists() for name in hosts)
    assert read_run(night.run_folder()).progress.of("LOAD").state == "undone"
    assert night.golive("verify").returncode == 0


def _at_work(root: Path, hosts: dict[str, Server]) -> list[int]:
    """Wait until the work is going on on every host; return its processes."""
    places = [root / name / "pid" for name in hosts]
    until(lambda: all(place.exists() and place.read_text() for place in places), "nothing began")
    found = [int(place.read_text()) for place in places]
    for place in places:
        place.unlink()
    return found


def _lives(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def _said(night: Workspace) -> str:
    return (night.root / "controller.log").read_text()[-4000:]


def write_proof(killed: int, said: str, seconds: float) -> None:
    ssh = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=True).stderr.strip()
    proof = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "ansible-core": version("ansible-core"),
        "openssh": ssh,
        "claim": "of two hosts one is cut off mid-task, the controller killed: the task says so, "
        "the other host's effect stands, the next attempt re-attaches, each work began once",
        "server processes killed": killed,
        "said": said,
        "seconds": round(seconds, 1),
    }
    path = ROOT / "docs" / "proof" / "two-hosts.json"
    path.write_text(json.dumps(proof, indent=1) + "\n", encoding="utf-8")
