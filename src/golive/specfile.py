"""Read a YAML file the user wrote into frozen dataclasses; every mistake has a line and a hint.

YAML is read by its 1.2 core rules (only ``true``/``false`` are booleans, nothing is a date), so
that ``no`` stays a word and a time stays the text its own parser checks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError

from golive.errors import Problem, SpecError

__all__ = [
    "SpecDocument",
    "build",
    "flow_yaml",
    "json_schema",
    "read_yaml",
    "read_yaml_text",
    "with_value",
]

T = TypeVar("T")
#: A step of Pydantic's places that names a branch of a union, not a key the user wrote.
_BRANCH = re.compile(r"^(?:str|literal\[.*\]|[A-Z][A-Za-z]*)$")
#: Where in the document: mapping keys and list positions from the root.
Place = tuple[str | int, ...]


class _CoreLoader(yaml.CSafeLoader):
    """libyaml's SafeLoader with the YAML 1.2 core schema."""


_CoreLoader.yaml_implicit_resolvers = {}
# SafeLoader would still read 012 as ten.
_CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
):
    _CoreLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), [c if c != "\0" else "" for c in _first]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecDocument:
    """A parsed file: plain data, and the line each place of it stands on (1 is the first)."""

    path: str
    data: Any
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """Return the line of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(path: Path, *, shown_as: str = "") -> SpecDocument:
    """Parse one YAML file. Raise SpecError when it cannot be read, decoded or parsed."""
    name = shown_as or str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise SpecError.of("", "there is no such file", path=name) from error
    except UnicodeDecodeError as error:
        raise SpecError.of("", "is not UTF-8 text", path=name, hint="save it as UTF-8") from error
    except OSError as error:
        raise SpecError.of("", f"cannot be read: {error.strerror}", path=name) from error
    return read_yaml_text(text, name)


def read_yaml_text(text: str, name: str) -> SpecDocument:
    """Parse YAML text; ``name`` is the path shown in problems."""
    loader = None
    try:
        loader = _CoreLoader(text)
        node = loader.get_single_node()
        lines: dict[Place, int] = {}
        problems: list[Problem] = []
        if node is not None:
            _mark(node, (), name, lines, problems)
        if problems:
            raise SpecError(*problems)
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SpecError.of("", f"is not YAML: {error.problem}", path=name, line=line) from error
    except yaml.YAMLError as error:
        # Its sentence is the first line; the rest says where in a stream without a name.
        raise SpecError.of("", f"is not YAML: {str(error).splitlines()[0]}", path=name) from error
    finally:
        if loader is not None:
            loader.dispose()
    return SpecDocument(path=name, data=data, lines=lines)


def _mark(
    node: yaml.Node, place: Place, name: str, lines: dict[Place, int], problems: list[Problem]
) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            word = str(key.value)
            line = key.start_mark.line + 1
            if word in seen:
                problems.append(
                    Problem(
                        subject=f"key '{word}'",
                        message=f"stands twice, first on line {seen[word]}",
                        path=name,
                        line=line,
                        hint="keep one of them",
                    )
                )
            seen[word] = line
            lines[(*place, word)] = line
            _mark(value, (*place, word), name, lines, problems)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            _mark(item, (*place, index), name, lines, problems)


def build(kind: type[T], document: SpecDocument, *, data: Any = ..., at: Place = ()) -> T:
    """Turn a document (or its part ``data``, standing at ``at``) into ``kind``, a dataclass.

    Raise SpecError with one problem for each unknown key, missing key and wrong type.
    """
    value = document.data if data is ... else data
    try:
        built = _adapter(cast("Any", kind)).validate_python(value)
    except ValidationError as error:
        details = _without_branches([dict(detail) for detail in error.errors()], value)
        raise SpecError(*(_problem(kind, document, at, detail) for detail in details)) from error
    return cast("T", built)


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """Return what checks a kind; making it takes a twentieth of a second each time."""
    return TypeAdapter(kind)


def _without_branches(details: list[dict[str, Any]], value: Any) -> list[dict[str, Any]]:
    """Keep of each union's mistakes those of the branch that was meant, as if there were no other.

    Pydantic reports every branch, with the branch's name as a step of the place. A mapping is
    judged by the branch it fits best, anything else by the first.
    """
    kept: list[dict[str, Any]] = []
    groups: dict[Place, dict[str, list[dict[str, Any]]]] = {}
    for detail in details:
        depth = _branch_depth(detail["loc"], value)
        if depth < 0:
            kept.append(detail)
            continue
        place, branch = detail["loc"][:depth], str(detail["loc"][depth])
        detail["loc"] = (*place, *detail["loc"][depth + 1 :])
        groups.setdefault(place, {}).setdefault(branch, []).append(detail)
    for place, branches in groups.items():
        written = value
        for step in place:
            written = written[step]
        named = [found for branch, found in branches.items() if branch[0].isupper()]
        if isinstance(written, Mapping) and named:
            kept += _without_branches(min(named, key=len), value)
        else:
            kept.append(next(iter(branches.values()))[0])
    return kept


def _branch_depth(place: Place, value: Any) -> int:
    """Return which step of a place names a branch of a union, -1 when none does."""
    for index, step in enumerate(place):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return index if _BRANCH.match(str(step)) else -1
    return -1


def _problem(kind: type, document: SpecDocument, at: Place, detail: dict[str, Any]) -> Problem:
    place: Place = (*at, *detail["loc"])
    subject = _subject(document, place)
    key = next((str(step) for step in reversed(place) if isinstance(step, str)), "")
    missing_item = bool(place) and isinstance(place[-1], int)
    match detail["type"]:
        case "unexpected_keyword_argument" | "extra_forbidden":
            near = get_close_matches(key, _keys_at(kind, detail["loc"][:-1]), n=1)
            hint = f"did you mean '{near[0]}'?" if near else "remove it"
            message = f"unknown key '{key}'"
        case "missing" | "missing_argument" if missing_item:
            message, hint = f"'{key}': needs {int(place[-1]) + 1} values", "add what is missing"
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            message, hint = f"key '{key}' is missing", "add it"
        case _:
            text = str(detail["msg"]).removeprefix("Value error, ")
            named = key and not missing_item
            message = f"{text[:1].lower()}{text[1:]}"
            message = f"'{key}': {message}" if named else message
            hint = ""
    return Problem(
        subject=subject, message=message, path=document.path, line=document.line(place), hint=hint
    )


def _subject(document: SpecDocument, place: Place) -> str:
    """Name the innermost thing with an ``id`` around a place, as ``task 'load-balances'``."""
    value, found = document.data, ""
    for index, step in enumerate(place):
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(value, Mapping) and "id" in value and index:
            found = f"{str(place[index - 1]).removesuffix('s')} '{value['id']}'"
    return found


def _keys_at(kind: Any, place: Place) -> tuple[str, ...]:
    """Return the keys allowed at a place inside ``kind``, by walking its type hints."""
    for step in place:
        options = _dataclasses_in(kind)
        if isinstance(step, str):
            hints: dict[str, Any] = {}
            for option in options:
                hints |= get_type_hints(option)
            kind = hints.get(step, kind)
    names = [field.name for option in _dataclasses_in(kind) for field in fields(option)]
    return tuple(dict.fromkeys(names))


def _dataclasses_in(kind: Any) -> list[Any]:
    if is_dataclass(kind):
        return [kind]
    if get_origin(kind) in {Union, UnionType, tuple, list} or hasattr(kind, "__metadata__"):
        return [found for part in get_args(kind) for found in _dataclasses_in(part)]
    return []


def json_schema(kind: type) -> dict[str, Any]:
    """Return the JSON schema of a specification, for editors."""
    return _adapter(cast("Any", kind)).json_schema()


def with_value(text: str, place: Place, key: str, value: str) -> str:
    """Return YAML text in which the mapping at ``place`` says ``key: "value"``; nothing else moves.

    Comments, order and layout stay. ``value`` is written in double quotes and must need no escape.
    Raise KeyError when there is no mapping at ``place``.
    """
    node = yaml.compose(text, Loader=_CoreLoader)
    for step in place:
        found = next((item for name, item in _pairs(node) if name.value == str(step)), None)
        if found is None:
            raise KeyError(step)
        node = found
    pairs = _pairs(node)
    if not pairs:
        raise KeyError(place[-1] if place else "")
    quoted = f'"{value}"'
    for name, item in pairs:
        if name.value == key:
            return text[: item.start_mark.index] + quoted + text[item.end_mark.index :]
    last_key, last = pairs[-1]
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        at = last.end_mark.index
        return f"{text[:at]}, {key}: {quoted}{text[at:]}"
    at = last_key.start_mark.index
    indent = " " * last_key.start_mark.column
    return f"{text[:at]}{key}: {quoted}\n{indent}{text[at:]}"


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    return node.value if isinstance(node, yaml.MappingNode) else []


def flow_yaml(data: Mapping[str, Any]) -> str:
    """Return a mapping as YAML in braces, keys in their order, wrapped at about 110 columns."""
    return yaml.safe_dump(
        dict(data), default_flow_style=True, allow_unicode=True, sort_keys=False, width=106
    )  # fmt: skip
