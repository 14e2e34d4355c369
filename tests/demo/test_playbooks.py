from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from demo import effects, generator
from demo.snapshots import table_digests

from golive.engines.playbooks import read_playbook

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "cutover_playbooks"
PLAYBOOKS = sorted((HOME / "playbooks").glob("*.yml"))
FORWARD = (
    "freeze_old",
    "snapshot",
    "extract",
    "cleanse",
    "load_master",
    "load_orders",
    "load_ledger",
    "switch_to_new",
    "open_new",
)
BACKWARD = (
    "close_new",
    "switch_to_old",
    "purge_ledger",
    "purge_orders",
    "purge_master",
    "remove_extract",
    "unfreeze_old",
)
#: What the runbook asks the migration's own probe.
PROBED = (
    "old_frozen",
    "old_drained",
    "snapshot",
    "extract",
    "cleanse",
    "load_master",
    "load_orders",
    "load_ledger",
    "route_new",
)


@dataclass(frozen=True)
class Site:
    """A demo pair that runs, and ansible-playbook against it."""

    folder: Path

    @property
    def document(self) -> dict[str, Any]:
        return json.loads((self.folder / "site.json").read_text(encoding="utf-8"))

    def play(self, *names: str, attempt: str = "r/t/1", check: bool = False) -> tuple[int, str]:
        """Run playbooks, one after the other, in one Ansible; give exit code and output."""
        variables = {
            "golive_attempt_id": attempt,
            "golive_workspace": str(ROOT),
            "golive_run": "r",
            "golive_task": "t",
            "golive_environment": "demo",
            "golive_python": sys.executable,
            "golive_targets": self.document["targets"],
            "golive_facts": self.document["facts"],
            "golive_dry_run": check,
            "golive_secrets": {"demo_admin_password": self.password()},
        }
        given = self.folder / "variables.json"
        given.write_text(json.dumps(variables))
        command = ["-e", f"@{given}", *(["--check"] if check else [])]
        command += [str(HOME / "playbooks" / f"{name}.yml") for name in names]
        done = ansible(command, self.folder)
        return done.returncode, done.stdout + done.stderr

    def probe(self, step: str) -> tuple[int, str]:
        """Ask whether a step's effect is there; give exit code and the reason."""
        done = subprocess.run(
            [sys.executable, HOME / "migration" / "probe.py", step, "--dir", self.folder],
            capture_output=True, text=True, check=False,
            env={**os.environ, "GOLIVE_ATTEMPT": "r/t/probe-1"},
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def password(self) -> str:
        return (self.folder / "secrets/admin_password").read_text(encoding="utf-8")

    def effects(self) -> Counter[str]:
        return Counter(line.effect for line in effects.read(self.folder))

    def content(self) -> dict[str, Any]:
        with urllib.request.urlopen(
            f"{self.document['targets']['gateway']['url']}/route"
        ) as answer:
            route = json.load(answer)["to"]
        databases = {name: table_digests(self.folder / f"{name}.db") for name in ("old", "new")}
        return {"route": route, **databases}


def ansible(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_ROLES_PATH": str(HOME / "roles"),
        "ANSIBLE_NOCOLOR": "1",
    }
    program = Path(sys.executable).parent / "ansible-playbook"
    return subprocess.run(
        [program, "-i", HOME / "inventories/demo", *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def demo(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "demo", *arguments, "--dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    generator.generate(tmp_path, seed=5, customers=60, products=60, orders=200)
    demo(tmp_path, "up")
    try:
        yield Site(tmp_path)
    finally:
        demo(tmp_path, "down")


def test_every_playbook_is_well_formed(tmp_path: Path) -> None:
    (tmp_path / "variables.json").write_text(json.dumps({"golive_python": sys.executable}))
    arguments = ["--syntax-check", "-e", f"@{tmp_path / 'variables.json'}", *map(str, PLAYBOOKS)]
    done = ansible(arguments, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("playbook: ") == len(PLAYBOOKS) >= 17


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_every_playbook_says_what_it_is_for_and_is_careful(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "gather_facts: false" in text
    playbook = read_playbook(path, ROOT)
    assert playbook.problems == ()
    assert list(playbook.loose_secrets(["demo_admin_password"])) == []


def test_forward_and_backward_leave_everything_as_it_was_and_each_effect_once(site: Site) -> None:
    before = site.content()
    code, output = site.play(*FORWARD)
    assert code == 0, output
    assert {step: site.probe(step)[0] for step in PROBED} == dict.fromkeys(PROBED, 0)
    code, output = site.play(*BACKWARD)
    assert code == 0, output
    assert site.content() == before
    assert set(site.effects().values()) == {1}
    for effect in ("freeze", "unfreeze", "snapshot", "switch-new", "switch-old", "open", "close"):
        assert site.effects()[effect] == 1, effect
    assert {line.attempt for line in effects.read(site.folder)} == {"r/t/1"}


def test_probes_fail_saying_what_is_so_and_change_nothing(site: Site) -> None:
    before = site.content()
    sentences = {
        "old_frozen": "the old system is not frozen",
        "snapshot": "there is no snapshot 'r-CP1'",
        "route_new": "the gateway sends users to the old system",
    }
    for step in PROBED:
        code, output = site.probe(step)
        assert code in (1, 2), output
        assert sentences.get(step, "") in output
        assert "not" in output or "there " in output or "to the old" in output, output
        assert "Traceback" not in output
    assert site.content() == before
    assert site.effects() == Counter()


def test_a_wrong_password_is_refused_in_words_and_shown_nowhere(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "password", lambda _: "canary-7f3a")
    code, output = site.play("freeze_old")
    assert code == 2
    assert "the old system refused POST /admin/freeze" in output
    assert "401" in output
    assert "canary-7f3a" not in output


def test_restore_while_the_new_system_works(site: Site) -> None:
    before = site.content()
    code, output = site.play("snapshot", "extract", "cleanse", "load_master", "restore_snapshot")
    assert code == 0, output
    assert site.content() == before
    connection = sqlite3.connect(site.folder / "new.db")
    assert connection.execute("SELECT COUNT(*) FROM customer").fetchone() == (0,)
    connection.close()


def test_a_dry_run_changes_nothing(site: Site) -> None:
    before = site.content()
    code, output = site.play("freeze_old", "extract", "switch_to_new", check=True)
    assert code == 0, output
    assert site.content() == before
    assert site.effects() == Counter()
