"""A playbook's end is told as it was, and it is never green for nothing."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from golive.engines.ansible import AnsibleEngine
from golive.engines.playbooks import read_playbook
from golive.outcome import Status

HEAD = "- name: Do it\n  hosts: localhost\n  gather_facts: false\n  tasks:\n"


@pytest.fixture
def run(context, write):
    """Run a play of the given ansible tasks."""

    def run(tasks, head=HEAD, **args):
        lines = "".join(f"    {line}\n" for line in tasks.strip("\n").split("\n"))
        name = write("play.yml", head + lines)
        return AnsibleEngine().run({"playbook": name, **args}, context)

    return run


def test_a_playbook_passes_with_its_counts_and_lines(run, context):
    outcome = run(
        """
- name: look
  ansible.builtin.debug:
    msg: >-
      {{ golive_attempt_id }} {{ golive_run }} {{ golive_task }} {{ golive_environment }}
      {{ golive_targets.gateway.url }} {{ golive_facts.site }} {{ golive_dry_run }}
      {{ golive_secrets }} {{ colour }}
- name: change
  ansible.builtin.copy: {content: "{{ lookup('pipe', 'env') }}", dest: "{{ golive_workspace }}/env"}
- name: leave out
  ansible.builtin.debug:
  when: false
- name: shrug
  ansible.builtin.command: "false"
  ignore_errors: true
""",
        vars={"colour": "green"},
    )
    assert outcome.status is Status.PASSED
    assert outcome.summary == "Do it: 2 ansible tasks done, 1 of them changed something"
    metrics = {metric.name: metric.value for metric in outcome.metrics}
    assert metrics.pop("duration") > 0
    assert metrics == {
        "ansible_tasks_ok": 1,
        "ansible_tasks_changed": 1,
        "ansible_tasks_failed": 0,
    }
    assert context.said == [
        "play: Do it",
        "start: look",
        "ok: look",
        "start: change",
        "changed: change",
        "start: leave out",
        "skipped: leave out",
        "start: shrug",
        "failed, and ignored: shrug: exit code 1",
    ]
    assert [kept.name for kept in outcome.evidence] == [
        "ansible-output.txt",
        "ansible-events.jsonl",
    ]
    assert outcome.subject.site == "s1"
    environment = (context.workspace / "env").read_text()
    assert "GOLIVE_PRIVATE_DIR" not in environment


def test_what_is_kept_is_readable(run, context, monkeypatch):
    kept = {}
    plain = context.keep

    def keep(path, **names):
        kept[path.name] = path.read_text()
        return plain(path, **names)

    monkeypatch.setattr(type(context), "keep", lambda _, path, **names: keep(path, **names))
    run("- name: look\n  ansible.builtin.debug: {msg: SEEN}")
    assert "\x1b" not in kept["ansible-output.txt"]
    assert "SEEN" in kept["ansible-output.txt"]
    events = [json.loads(line) for line in kept["ansible-events.jsonl"].splitlines()]
    [ok] = [event for event in events if event["event"] == "runner_on_ok"]
    assert (ok["task"], ok["host"], ok["msg"], ok["changed"]) == (
        "look",
        "localhost",
        "SEEN",
        False,
    )
    assert events[-1]["event"] == "playbook_on_stats"


def test_a_failed_ansible_task_is_failed_with_its_message(run):
    outcome = run("- name: balance\n  ansible.builtin.fail: {msg: the ledger is off by 3}")
    assert outcome.status is Status.FAILED
    assert outcome.summary == "ansible task 'balance' failed: the ledger is off by 3"


def test_a_failed_item_tells_its_own_message(run, context):
    context.language = "zh"
    outcome = run(
        """
- name: balance
  ansible.builtin.fail: {msg: "account {{ item }}"}
  loop: [a, b]
"""
    )
    assert outcome.summary == "步骤“balance”失败：account b"


def test_a_rescued_failure_passes(run):
    outcome = run(
        """
- block:
    - name: try
      ansible.builtin.command: "false"
  rescue:
    - name: mend
      ansible.builtin.debug:
"""
    )
    assert outcome.status is Status.PASSED


@pytest.mark.parametrize(
    ("head", "tasks", "told"),
    [
        (HEAD.replace("localhost", "nobody"), "- ansible.builtin.debug:", "no ansible task ran"),
        (HEAD, "- ansible.builtin.debug:\n  when: false", "no ansible task ran"),
        (HEAD.replace("false", "true"), "- ansible.builtin.meta: noop", "no ansible task ran"),
        (HEAD, "- ansible.builtin.bedug:", "couldn't resolve module/action"),
        (
            HEAD.replace("localhost", "far"),
            "- ansible.builtin.ping:",
            "'nowhere' cannot be reached",
        ),
    ],
    ids=["no host", "all skipped", "facts only", "no such module", "unreachable"],
)
def test_what_cannot_be_told_is_broken(run, head, tasks, told):
    outcome = run(tasks, head=head)
    assert outcome.status is Status.BROKEN
    assert told in outcome.summary
    # Nothing was begun anywhere, so nothing is in doubt.
    assert not outcome.doubt


def test_a_host_lost_after_something_changed_leaves_a_doubt(run, context):
    context.language = "zh"
    outcome = run(
        """
- name: change something
  ansible.builtin.command: "true"
  delegate_to: localhost
- name: go on
  ansible.builtin.ping:
""",
        head=HEAD.replace("localhost", "far"),
    )
    assert (outcome.status, outcome.doubt) == (Status.BROKEN, True)
    assert outcome.summary.startswith("无法连接主机 'nowhere'")
    assert outcome.summary.endswith("；做到哪一步无法确认")


def test_modules_run_by_golives_own_python_whatever_comes_first_in_the_path(
    run, tmp_path, monkeypatch
):
    """Discovery would find the broken one."""
    (tmp_path / "bin").mkdir()
    for name in ("python3", "python", "python3.11", "python3.13"):
        broken = tmp_path / "bin" / name
        broken.write_text("#!/bin/sh\nexit 127\n")
        broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    outcome = run("""
- name: ask
  ansible.builtin.setup: {gather_subset: ["!all", "python"]}
- name: compare
  ansible.builtin.assert:
    that: ansible_facts.python.executable == golive_python
""")
    assert outcome.status is Status.PASSED, outcome.summary


def test_a_dry_run_changes_nothing(run, context):
    context.dry_run = True
    copy = 'ansible.builtin.copy: {content: x, dest: "{{ golive_workspace }}/made"}'
    assert run(f"- name: copy\n  {copy}").status is Status.PASSED
    assert not (context.workspace / "made").exists()
    assert run("- ansible.builtin.command: touch made").status is Status.SKIPPED


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({}, "is no file of this workspace"),
        ({"playbook": "../play.yml"}, "is no file of this workspace"),
        ({"playbook": "missing.yml"}, "there is no such file"),
        ({"playbook": "play.yml", "secrets": ["pin"]}, "secret 'pin': has no value"),
        ({"playbook": "play.yml", "secrets": "pw"}, "not a list of names"),
        ({"playbook": "play.yml", "vars": ["a"]}, "'vars': is not a mapping"),
        ({"playbook": "play.yml", "vars": {"golive_run": "x"}}, "which golive sets itself"),
        ({"playbook": "play.yml", "tags": "x"}, "key 'tags': is unknown"),
    ],
)
def test_wrong_arguments_are_told_by_check_and_broken_when_run(context, write, args, told):
    write("play.yml", HEAD + "    - ansible.builtin.debug:\n")
    write("../play.yml", HEAD + "    - ansible.builtin.debug:\n")
    assert told in "\n".join(map(str, AnsibleEngine().check(args, context)))
    outcome = AnsibleEngine().run(args, context)
    assert outcome.status is Status.BROKEN
    assert told in outcome.summary


def test_a_missing_inventory_is_told(context, write):
    write("play.yml", HEAD + "    - ansible.builtin.debug:\n")
    facts = {"inventory": "elsewhere"}
    context.environment = dataclasses.replace(context.environment, facts=facts)
    assert [
        str(problem) for problem in AnsibleEngine().check({"playbook": "play.yml"}, context)
    ] == ["elsewhere: environment 'demo': its inventory 'elsewhere' does not exist"]


def test_a_secret_arrives_exactly_as_it_is(run, context):
    context.secrets = {"pw": 'a{{ 7 * 7 }}"\\\u2028é😀#: !x \n'}
    outcome = run(
        """
- name: write it down
  ansible.builtin.copy: {content: "{{ golive_secrets.pw }}", dest: "{{ golive_workspace }}/got"}
  no_log: true
""",
        secrets=["pw"],
    )
    assert outcome.status is Status.PASSED
    assert (context.workspace / "got").read_text() == context.secrets["pw"]


def test_no_private_folder_and_no_variable_is_left(run, monkeypatch, tmp_path):
    (tmp_path / "private").mkdir()
    monkeypatch.setenv("GOLIVE_PRIVATE_DIR", str(tmp_path / "private"))
    monkeypatch.setenv("GOLIVE_TOKEN", "kanari-9876")
    before = dict(os.environ)
    outcome = run(
        """
- name: look around
  ansible.builtin.command: env
  register: around
- name: the secret is not there
  ansible.builtin.assert: {that: "'kanari' not in around.stdout"}
""",
        secrets=["pw"],
    )
    assert outcome.status is Status.PASSED
    assert dict(os.environ) == before
    assert list((tmp_path / "private").iterdir()) == []


def test_the_digest_speaks_of_everything_used(context, write):
    tasks = "- include_role: {name: greet}\n    - import_tasks: more.yml"
    playbook = write("play.yml", f"{HEAD}    {tasks}\n")
    names = (
        playbook,
        write("cutover_playbooks/roles/greet/tasks/main.yml", "- ansible.builtin.debug:\n"),
        write("cutover_playbooks/roles/greet/templates/a.j2", "one"),
        write("more.yml", "- ansible.builtin.debug:\n"),
    )

    def digest():
        return read_playbook(context.workspace / playbook, context.workspace).digest()

    digests = [digest(), digest()]
    for name in names:
        path = context.workspace / name
        path.write_text(path.read_text() + "\n")
        digests.append(digest())
    assert digests[0] == digests[1]
    assert len(set(digests)) == 5
    assert AnsibleEngine().run({"playbook": playbook}, context).subject.digest == digests[-1]


def test_a_vault_is_opened_by_a_secret_that_stands_nowhere(run, context, write):
    """What ansible-vault encrypted reaches the playbook; the password reaches no one else."""
    password = context.workspace.parent / "password"
    password.write_text("kanari-9876", encoding="utf-8")
    program = Path(sys.executable).with_name("ansible-vault")
    hidden = subprocess.run(
        [program, "encrypt_string", "--vault-password-file", password, "--name", "hidden",
         "opened-5511"],
        capture_output=True, text=True, check=True, cwd=context.workspace,
    ).stdout  # fmt: skip
    write("group_vars/all.yml", hidden)
    task = """
- name: The vault is open
  ansible.builtin.assert: {that: "hidden == 'opened-5511'", quiet: true}
  no_log: true
- name: How Ansible was started
  ansible.builtin.copy:
    content: "{{ lookup('file', '/proc/self/cmdline') }}"
    dest: "{{ golive_workspace }}/line"
"""
    closed = run(task)
    assert closed.status is not Status.PASSED
    facts = {**context.environment.facts, "vault": "pw"}
    context.environment = dataclasses.replace(context.environment, facts=facts)
    opened = run(task)
    assert opened.status is Status.PASSED, opened.summary
    line = (context.workspace / "line").read_text(encoding="utf-8")
    assert "--vault-password-file" in line
    told = "\n".join([line, *context.said, opened.summary])
    assert "kanari-9876" not in told
    assert "opened-5511" not in told


def test_a_vault_without_its_secret_is_told(context, write):
    write("play.yml", HEAD + "    - ansible.builtin.debug:\n")
    facts = {**context.environment.facts, "vault": "elsewhere"}
    context.environment = dataclasses.replace(context.environment, facts=facts)
    (problem,) = AnsibleEngine().check({"playbook": "play.yml"}, context)
    assert "secret 'elsewhere': has no value" in str(problem)
