"""Copies of a run and of the systems under it, to try a way back without giving the run up.

An environment says in ``fork`` how its systems are saved and put back: two commands, in which
``{name}`` stands for the copy's name. golive does not believe them: after each return it takes its
own fingerprint and compares.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from golive.contracts import Environment
from golive.errors import SetupError
from golive.project import Project
from golive.run.prints import compare_with_before, take_fingerprint
from golive.run.surroundings import minimal_environment

__all__ = ["Forks", "fork_run", "forks_of"]

#: Seconds a copy of the systems may take.
_PATIENCE = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Forks:
    """How the systems of an environment are saved and put back."""

    project: Project
    environment: Environment
    save: tuple[str, ...]
    restore: tuple[str, ...]

    def keep(self, name: str) -> Mapping[str, object]:
        """Save the systems as they are; return the fingerprint to compare with later."""
        self._run(self.save, name)
        return take_fingerprint(self.project, self.environment, when=name)

    def put_back(self, name: str, kept: Mapping[str, object]) -> None:
        """Bring the systems back to a copy. Raise SetupError when they are not as they were."""
        self._run(self.restore, name)
        now = take_fingerprint(self.project, self.environment, when=name)
        different = compare_with_before(self.project, kept, now)
        if different:
            raise SetupError.of(
                f"environment '{self.environment.name}'",
                f"'fork.restore' does not bring it back: {different[0]}",
                path="pyproject.toml",
                hint="correct the command, then rehearse anew from a fresh environment",
            )

    def _run(self, words: Sequence[str], name: str) -> None:
        argv = [word.replace("{name}", name) for word in words]
        done = subprocess.run(
            argv, cwd=self.project.root, env=minimal_environment(), capture_output=True,
            text=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise SetupError.of(
                f"command '{' '.join(argv)}'",
                f"ended with {done.returncode}: {said[-1] if said else 'no word'}",
                path="pyproject.toml",
                hint="see environments.NAME.fork",
            )


def forks_of(project: Project, environment: Environment) -> Forks | None:
    """Return how an environment is copied; None when it does not say."""
    table = project.raw_environment(environment.name).get("fork")
    if not table:
        return None
    return Forks(
        project=project,
        environment=environment,
        save=tuple(table["save"]),
        restore=tuple(table["restore"]),
    )


def fork_run(folder: Path, label: str) -> Path:
    """Copy a run's record below it, under the run's own name; return the copy's folder.

    The copy's journal begins with the same records, so it continues the same chain.
    """
    target = folder / "boundaries" / label / folder.name
    shutil.rmtree(target.parent, ignore_errors=True)
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns("boundaries", "controller.*"))
    return target
