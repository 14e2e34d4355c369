"""A playbook that is loose with a secret is told with its line, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from golive.engines.ansible import AnsibleEngine
from golive.specfile import read_yaml

#: Cases anybody can add to.
CASES = read_yaml(Path(__file__).parent / "cases" / "secrets.yaml").data
HEAD = "- hosts: localhost\n  tasks:\n"
SECRET = "{{ golive_secrets.pw }}"


@pytest.fixture
def problems(context, write):
    """Return what ``check`` says of a playbook that declares the secret ``pw``."""

    def problems(text, secrets=("pw",)):
        args = {"playbook": write("play.yml", text), "secrets": list(secrets)}
        return [str(problem) for problem in AnsibleEngine().check(args, context)]

    return problems


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_how_a_playbook_handles_a_secret(problems, case):
    text = "".join(f"    {line}\n" for line in case["tasks"].splitlines())
    assert problems(HEAD + text) == case["says"]


def test_a_secret_used_with_no_log_is_well(problems):
    text = f"""
- hosts: localhost
  vars:
    password: "{SECRET}"
  tasks:
    - name: sign in
      ansible.builtin.uri: {{url: "http://127.0.0.1/", url_password: "{{{{ password }}}}"}}
      no_log: true
    - block:
        - ansible.builtin.debug: {{var: golive_secrets}}
      no_log: yes
    - ansible.builtin.debug: {{msg: nothing}}
"""
    assert problems(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + f'    - name: T\n      debug:\n        msg: "{SECRET}"\n', 4),
        (HEAD + "    - name: T\n      debug: {var: \"golive_secrets['pw']\"}\n", 4),
        (HEAD + f'    - block:\n        - name: T\n          debug: {{msg: "{SECRET}"}}\n', 5),
        (HEAD + f'    - name: T\n      debug:\n      when: "{SECRET} == 1"\n', 5),
        (HEAD + f'    - name: T\n      no_log: false\n      debug: {{msg: "{SECRET}"}}\n', 5),
    ],
)
def test_a_secret_used_without_no_log_is_told(problems, text, line):
    assert problems(text) == [
        f"play.yml:{line}: ansible task 'T': uses a secret without 'no_log: true' (add it)"
    ]


def test_a_secret_by_another_name_is_still_one(problems):
    text = HEAD + (
        "    - name: rename\n"
        "      set_fact:\n"
        f"        first: '{SECRET}'\n"
        "      no_log: true\n"
        "    - name: use\n"
        "      vars: {second: '{{ first }}'}\n"
        "      debug: {msg: '{{ second }}'}\n"
    )
    assert problems(text) == [
        "play.yml:9: ansible task 'use': uses a secret without 'no_log: true' (add it)"
    ]


def test_a_secret_on_a_command_line_is_told_even_with_no_log(problems):
    text = HEAD + (
        f"    - name: bad\n      shell: login -p '{SECRET}'\n      no_log: true\n"
        f"    - name: good\n      command: {{cmd: login, stdin: '{SECRET}'}}\n      no_log: true\n"
        f"    - name: worse\n      command: {{argv: [login, '{SECRET}']}}\n      no_log: true\n"
    )
    assert [line.partition(": puts")[0] for line in problems(text)] == [
        "play.yml:4: ansible task 'bad'",
        "play.yml:10: ansible task 'worse'",
    ]


def test_a_secret_that_is_not_declared_is_told(problems):
    text = HEAD + f"    - debug: {{msg: '{SECRET}'}}\n      no_log: true\n"
    hint = "(add 'pw' to the runbook task's 'secrets')"
    assert problems(text, secrets=()) == [
        f"play.yml:3: secret 'pw': is used but not declared {hint}"
    ]


def test_roles_and_imports_are_looked_at_too(problems, write):
    loose = f"- name: T\n  debug: {{msg: '{SECRET}'}}\n"
    write("cutover_playbooks/roles/one/tasks/main.yml", loose)
    write("roles/two/handlers/main.yaml", loose)
    write("other.yml", loose)
    text = (
        "- hosts: localhost\n  roles: [one, {role: two}]\n  tasks:\n    - import_tasks: other.yml\n"
    )
    assert [line.partition(": ansible")[0] for line in problems(text)] == [
        "cutover_playbooks/roles/one/tasks/main.yml:2",
        "roles/two/handlers/main.yaml:2",
        "other.yml:2",
    ]


@pytest.mark.parametrize("text", ["- hosts: [\n", "a: 1\na: 2\n"])
def test_a_playbook_that_does_not_parse_is_told_with_its_line(problems, text):
    [line] = problems(text)
    assert line.startswith("play.yml:2:")
