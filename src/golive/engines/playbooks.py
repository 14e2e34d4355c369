"""Read a playbook as text, without Ansible: the files it uses, and where it is loose with secrets.

Only names written out are followed (``roles``, ``include_role``, ``import_tasks``, ``vars_files``
...); a name with ``{{ }}`` in it is known to Ansible alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from golive.errors import Problem, SpecError
from golive.specfile import SpecDocument, read_yaml

__all__ = ["Playbook", "read_playbook"]

#: The extra variable that holds a task's secrets by name.
SECRETS = "golive_secrets"

_TASK_LISTS = ("tasks", "pre_tasks", "post_tasks", "handlers", "block", "rescue", "always")
_YES = (True, "yes", "Yes", "YES", "on", "On", "ON", "true", "True")
_COMMANDS = frozenset({"command", "shell", "raw", "script", "expect"})
#: Where these keys stand in an ansible task, their text is on no command line.
_OFF_LINE = frozenset({"stdin", "chdir", "creates", "removes", "responses"})
_SECRET = re.compile(rf"{SECRETS}(?:\.(\w+)|\[\s*['\"]([^'\"]+)['\"]\s*\])")
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """A playbook's files, in the order found; ``problems`` tell what could not be read."""

    workspace: Path
    #: Every file it uses: the playbook first, then imported files and roles.
    files: tuple[Path, ...]
    #: The parsed ones among them.
    documents: tuple[SpecDocument, ...]
    problems: tuple[Problem, ...]

    def digest(self) -> str:
        """Return the SHA-256, in hex, over the names and bytes of all files."""
        total = hashlib.sha256()
        for path in sorted(self.files):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{_shown(path, self.workspace)}\0{content}\n".encode())
        return total.hexdigest()

    def loose_secrets(self, declared: Iterable[str]) -> Iterator[Problem]:
        """Yield each place that could show a secret, or uses one the runbook does not declare."""
        names = {SECRETS}
        grown = True
        while grown:
            found = {name for document in self.documents for name in _aliases(document, names)}
            grown = not found <= names
            names |= found
        for document in self.documents:
            yield from _Lint(document=document, names=names, declared=frozenset(declared)).run()


def read_playbook(path: Path, workspace: Path) -> Playbook:
    """Read a playbook and all it uses. Mistakes in it are told in ``problems``, not raised."""
    reader = _Reader(workspace=workspace, beside=path.parent)
    reader.read(path)
    return Playbook(
        workspace=workspace,
        files=tuple(reader.files),
        documents=tuple(reader.documents),
        problems=tuple(reader.problems),
    )


def _shown(path: Path, workspace: Path) -> str:
    return str(path.relative_to(workspace)) if path.is_relative_to(workspace) else str(path)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Follows the names from one playbook."""

    workspace: Path
    beside: Path
    files: dict[Path, None] = field(default_factory=dict)
    documents: list[SpecDocument] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Read one file of plays or tasks, once."""
        if path in self.files:
            return
        try:
            document = read_yaml(path, shown_as=_shown(path, self.workspace))
        except SpecError as error:
            self.problems += error.problems
            return
        self.files[path] = None
        self.documents.append(document)
        for kind, name in _uses(document.data):
            self._follow(kind, name, path)

    def _follow(self, kind: str, name: str, path: Path) -> None:
        if "{{" in name:
            return
        if kind == "role":
            self._read_role(name)
        elif kind == "file":
            self.read(path.parent / name)
        elif (path.parent / name).is_file():
            self.files[path.parent / name] = None

    def _read_role(self, name: str) -> None:
        homes = (self.beside / "roles", self.workspace / "cutover_playbooks" / "roles")
        found = next((home / name for home in homes if (home / name).is_dir()), None)
        if found is None:
            return  # a role of a collection: installed, not the workspace's
        for file in sorted(path for path in found.rglob("*") if path.is_file()):
            if file.parent.name in {"tasks", "handlers"} and file.suffix in {".yml", ".yaml"}:
                self.read(file)
            self.files[file] = None


def _uses(data: Any) -> Iterator[tuple[str, str]]:
    """Yield what plays and tasks name: ``("role" | "file" | "vars", name)``."""
    for item in data if isinstance(data, list) else ():
        if isinstance(item, Mapping):
            for key, value in item.items():
                yield from _used_by(str(key).rpartition(".")[2], value)


def _used_by(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield what one key of a play or ansible task names."""
    listed = value if isinstance(value, list) else ()
    given = value if isinstance(value, Mapping) else {}
    if key in _TASK_LISTS:
        yield from _uses(value)
    elif key == "roles":
        for role in listed:
            name = role.get("role", role.get("name")) if isinstance(role, Mapping) else role
            yield "role", str(name)
    elif key in {"include_role", "import_role"}:
        yield "role", str(given.get("name", ""))
    elif key in {"import_playbook", "include_tasks", "import_tasks"}:
        yield "file", str(given.get("file", "") if given else value)
    elif key == "vars_files":
        for name in listed:
            yield "vars", str(name)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _names(value: Any, names: Iterable[str]) -> bool:
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(names)))})\b")
    return any(pattern.search(text) for text in _texts(value))


def _aliases(document: SpecDocument, names: Iterable[str]) -> set[str]:
    """Return the variables a file sets from a secret, by ``vars`` or ``set_fact``."""
    found: set[str] = set()

    def look(value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                look(item)
        elif isinstance(value, Mapping):
            for key, item in value.items():
                if str(key).rpartition(".")[2] in {"vars", "set_fact"} and isinstance(
                    item, Mapping
                ):
                    found.update(str(name) for name, text in item.items() if _names(text, names))
                look(item)

    look(document.data)
    return found - {"cacheable"}


@dataclass(slots=True, kw_only=True)
class _Lint:
    """Looks at every play, block and ansible task of one file."""

    document: SpecDocument
    names: set[str]
    declared: frozenset[str]

    def run(self) -> Iterator[Problem]:
        """Yield the file's problems."""
        yield from self._list(self.document.data, (), hidden=False)

    def _list(self, items: Any, place: Place, *, hidden: bool) -> Iterator[Problem]:
        for index, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, Mapping):
                yield from self._item(item, (*place, index), hidden=hidden)

    def _item(self, item: Mapping[str, Any], place: Place, *, hidden: bool) -> Iterator[Problem]:
        hidden = hidden or item.get("no_log") in _YES
        for key, value in item.items():
            if key in _TASK_LISTS:
                yield from self._list(value, (*place, key), hidden=hidden)
            elif key == "vars":
                yield from self._undeclared(value, (*place, key))
            elif key != "name" and _names(value, self.names):
                yield from self._undeclared(value, (*place, key))
                yield from self._use(item, key, (*place, key), hidden=hidden)

    def _use(
        self, item: Mapping[str, Any], key: str, place: Place, *, hidden: bool
    ) -> Iterator[Problem]:
        subject = f"ansible task '{item['name']}'" if "name" in item else "ansible task"
        if not hidden:
            yield self._problem(place, subject, "uses a secret without 'no_log: true'", "add it")
        if key.rpartition(".")[2] in _COMMANDS and _names(_on_line(item[key]), self.names):
            yield self._problem(
                place,
                subject,
                "puts a secret on a command line, where every user of the machine sees it",
                "hand it over by 'stdin' or 'environment'",
            )

    def _undeclared(self, value: Any, place: Place) -> Iterator[Problem]:
        used = {
            first or second for text in _texts(value) for first, second in _SECRET.findall(text)
        }
        for name in sorted(used - self.declared):
            hint = f"add '{name}' to the runbook task's 'secrets'"
            yield self._problem(place, f"secret '{name}'", "is used but not declared", hint)

    def _problem(self, place: Place, subject: str, message: str, hint: str) -> Problem:
        return Problem(
            subject=subject,
            message=message,
            path=self.document.path,
            line=self.document.line(place),
            hint=hint,
        )


def _on_line(value: Any) -> Any:
    """Return the part of a command module's arguments that becomes a command line."""
    if isinstance(value, Mapping):
        return {key: text for key, text in value.items() if key not in _OFF_LINE}
    return value
