"""Run one playbook by ansible-playbook, through ansible-runner, whose only importer this is.

Secrets, and the password of a vault, reach Ansible by 0600 files in a private folder outside the
record, which is removed afterwards: on no command line, in no environment, in no artifact.

Each command it has a host do carries a mark, the name of the work, and the host is noted before:
so it can be found there, and ended, when nothing here is connected to it any more.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ansible_runner

from golive.contracts import ELSEWHERE, AttemptId, Context
from golive.engines.playbooks import SECRETS
from golive.run.surroundings import program_environment

__all__ = ["job_of", "play", "printed_by"]

#: golive's own roles, behind the workspace's: ``golive_long`` for long work on a target host.
_ROLES = Path(__file__).parent / "roles"
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
#: What Ansible has a host do is the last word, after the host; without one nothing is done there.
_SSH = """#!/bin/sh
count=$#; place=0; port=; before=
for word do
  shift; place=$((place + 1))
  case $word in Port=*) port=${{word#Port=}};; esac
  if [ "$place" -eq "$count" ]; then
    case $word in /*" -c "*)
      printf '%s\\n' "$before:$port" >> {noted} || exit 255
      word={mark}"@$before:$port $word";;
    esac
  fi
  before=$word
  set -- "$@" "$word"
done
exec ssh "$@"
"""


def play(
    path: Path,
    context: Context,
    private: Path,
    *,
    variables: Mapping[str, object],
    secrets: Iterable[str] = (),
    hear: Callable[[Mapping[str, Any]], bool],
    marked: bool = False,
) -> int:
    """Run a playbook to its end; return ansible-playbook's exit code.

    ``private`` is an empty private folder; ``hear`` takes ansible-runner's events. ``marked`` marks
    and notes what is begun on hosts.
    """
    for name in ("env", "tmp", "kept"):
        (private / name).mkdir(mode=0o700)
    _write_private(private / "vars.json", json.dumps(variables))
    _write_private(private / "secrets.yml", _secrets_text(secrets, context))
    # Named when the workspace has none, so that no file of the user or machine is read.
    _write_private(private / "ansible.cfg", "[defaults]\n")
    # ansible-runner forgets `settings` given as an argument when told to write no other files.
    _write_private(private / "env" / "settings", json.dumps({"pexpect_timeout": 0.2}))
    options = ["-e", f"@{private / 'vars.json'}", "-e", f"@{private / 'secrets.yml'}"]
    if vault := context.environment.facts.get("vault", ""):
        _write_private(private / "vault-password", context.secrets[vault])
        options += ["--vault-password-file", str(private / "vault-password")]
    if context.dry_run:
        options.append("--check")
    inventory = context.environment.facts.get("inventory", "")
    environment = _environment(context, private)
    if marked:
        environment["ANSIBLE_SSH_EXECUTABLE"] = str(_marking_ssh(context))
    with _only(environment):
        runner = ansible_runner.run(
            private_data_dir=str(private),
            project_dir=str(context.workspace),
            playbook=str(path),
            inventory=str(context.workspace / inventory) if inventory else "localhost,",
            cmdline=shlex.join(options),
            event_handler=hear,
            suppress_env_files=True,
            quiet=True,
            ident="play",
        )
    return int(runner.rc)


def _marking_ssh(context: Context) -> Path:
    """Write the program that stands for ssh; on the disk, for memory may not hold programs."""
    mark = shlex.quote(f"env GOLIVE_JOB={shlex.quote(job_of(context.attempt))}")
    path = context.workdir / "ssh"
    text = _SSH.format(noted=shlex.quote(str(context.workdir / ELSEWHERE)), mark=mark)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o700)
    return path


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def job_of(attempt: AttemptId) -> str:
    """Name the work of an attempt, the same for the next one while its end is in doubt."""
    return f"{attempt.run}/{attempt.task}/{attempt.job or attempt.number}"


def _secrets_text(names: Iterable[str], context: Context) -> str:
    """Write the secrets as YAML that Ansible takes literally, even when one holds ``{{``."""
    lines = [f"  {_quoted(name)}: !unsafe {_quoted(context.secrets[name])}" for name in names]
    return "\n".join([f"{SECRETS}:", *lines]) + "\n" if lines else f"{SECRETS}: {{}}\n"


def _quoted(text: str) -> str:
    """Quote for YAML: everything but plain ASCII is escaped, so no reader can fold or lose it."""
    plain = (
        char if " " <= char <= "~" and char not in '"\\' else f"\\U{ord(char):08x}" for char in text
    )
    return f'"{"".join(plain)}"'


def _environment(context: Context, private: Path) -> dict[str, str]:
    """Return the whole environment of ansible-playbook."""
    home = context.workspace / "cutover_playbooks"
    config = home / "ansible.cfg"
    collections = (home / "collections", Path.home() / ".ansible/collections")
    return {
        **program_environment(context.secrets.values()),
        # Ansible refuses to start without UTF-8.
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CONFIG": str(config if config.is_file() else private / "ansible.cfg"),
        "ANSIBLE_ROLES_PATH": f"{home / 'roles'}:{_ROLES}",
        "ANSIBLE_COLLECTIONS_PATH": ":".join(map(str, collections)),
        "ANSIBLE_LOCAL_TEMP": str(private / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        # Modules go to Python by its standard input: no copy with arguments on disk.
        "ANSIBLE_PIPELINING": "True",
        # Discovery tries whatever `python3` is first in the path; an inventory may say otherwise.
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
    }


@contextmanager
def _only(environment: Mapping[str, str]) -> Iterator[None]:
    """Make ``environment`` the whole of ``os.environ``, all of which ansible-runner passes on."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def printed_by(private: Path) -> str:
    """Return what ansible-playbook printed, without colours."""
    path = private / "artifacts" / "play" / "stdout"
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    return _COLOUR.sub("", text).replace("\r\n", "\n")
