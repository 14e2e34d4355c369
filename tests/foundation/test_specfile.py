"""Files the user wrote: every mistake with its line, its key and what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest

from golive.errors import SpecError
from golive.specfile import build, json_schema, read_yaml, read_yaml_text

NO_NUMBER = "input should be a valid integer, unable to parse string as an integer"
STRICT: dict[str, str] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    __pydantic_config__: ClassVar[dict[str, str]] = STRICT
    id: str
    minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    __pydantic_config__: ClassVar[dict[str, str]] = STRICT
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    __pydantic_config__: ClassVar[dict[str, str]] = STRICT
    name: str
    stops: tuple[Stop, ...] = ()
    end: Literal["none"] | Skip | Stop = "none"
    notes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name == "nowhere":
            raise ValueError("There is no such line")


def problems(text: str) -> list[str]:
    with pytest.raises(SpecError) as refused:
        build(Line, read_yaml_text(text, "line.yaml"))
    return [str(problem) for problem in refused.value.problems]


def test_a_file_becomes_its_dataclass() -> None:
    text = "name: 二号线\nstops:\n  - {id: A, minutes: 3}\nend: {why: night}\nnotes: {B: 1}\n"
    assert build(Line, read_yaml_text(text, "line.yaml")) == Line(
        name="二号线", stops=(Stop(id="A", minutes=3),), end=Skip(why="night"), notes={"B": 1}
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: a\nstop: []\n", ["line.yaml:2: unknown key 'stop' (did you mean 'stops'?)"]),
        ("name: a\nxyz: []\n", ["line.yaml:2: unknown key 'xyz' (remove it)"]),
        ("stops: []\n", ["line.yaml:1: key 'name' is missing (add it)"]),
        ("name: a\nstops:\n  - id: A\n  - id: B\n    minute: 3\n",
         ["line.yaml:5: stop 'B': unknown key 'minute' (did you mean 'minutes'?)"]),
        ("name: a\nstops:\n  - id: A\n    minutes: soon\n",
         [f"line.yaml:4: stop 'A': 'minutes': {NO_NUMBER}"]),
        ("name: nowhere\n", ["line.yaml:1: there is no such line"]),
        ("name: a\nend:\n  whi: x\n",
         ["line.yaml:2: key 'why' is missing (add it)",
          "line.yaml:3: unknown key 'whi' (did you mean 'why'?)"]),
        ("name: a\nend: never\n", ["line.yaml:2: 'end': input should be 'none'"]),
        ("name: a\nend: {id: A, minuets: 3}\n",
         ["line.yaml:2: unknown key 'minuets' (did you mean 'minutes'?)"]),
        ("name: a\nnotes: {STOP: x}\n",
         [f"line.yaml:2: 'STOP': {NO_NUMBER}"]),
        ("name: a\nextra: 1\nstops: [{minutes: 1}]\n",
         ["line.yaml:3: key 'id' is missing (add it)",
          "line.yaml:2: unknown key 'extra' (remove it)"]),
    ],
)  # fmt: skip
def test_each_mistake_has_line_subject_and_hint(text: str, says: list[str]) -> None:
    assert problems(text) == says


def test_a_key_that_stands_twice_is_named_with_both_lines() -> None:
    with pytest.raises(SpecError) as refused:
        read_yaml_text("name: a\nstops:\n  - {id: A}\nname: b\n", "line.yaml")
    (problem,) = refused.value.problems
    assert str(problem) == (
        "line.yaml:4: key 'name': stands twice, first on line 1 (keep one of them)"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("NO", "NO"), ("true", True), ("null", None),
        ("2026-12-05", "2026-12-05"), ("20:00", "20:00"), ("1_000", "1_000"), ("012", 12),
        ("0x1F", "0x1F"), ("1.5", 1.5), ("1e3", 1000.0), ("~", None), ("-3", -3), (".5", 0.5),
        ("1.2.3", "1.2.3"), ("=", "="),
    ],
)  # fmt: skip
def test_words_stay_words(text: str, value: Any) -> None:
    """YAML 1.2 core: Norway is no boolean, 20:00 is no number, a day is no object."""
    found = read_yaml_text(f"key: {text}\n", "x.yaml").data["key"]
    assert (found, type(found)) == (value, type(value))


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    file = tmp_path / "line.yaml"
    file.write_bytes("name: a\n".encode("utf-8-sig"))
    assert read_yaml(file).data == {"name": "a"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "line.yaml: there is no such file"),
        ("name: 线".encode("gbk"), "line.yaml: is not UTF-8 text (save it as UTF-8)"),
        (b"name: [\n", "line.yaml:2: is not YAML: "),
        (b"name: a\n\tb: c\n", "line.yaml:2: is not YAML: "),
        (b"a: 1\n---\nb: 2\n", "line.yaml:2: is not YAML: "),
        (b"x: !!python/object:os.system {}\n", "line.yaml:1: is not YAML: "),
        (b"x: \x07\n", "line.yaml: is not YAML: "),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, content: bytes | None, says: str) -> None:
    file = tmp_path / "line.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SpecError) as refused:
        read_yaml(file, shown_as="line.yaml")
    assert str(refused.value).startswith(says)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read"):
        read_yaml(tmp_path, shown_as="folder")


def test_the_schema_names_the_keys() -> None:
    schema = json_schema(Line)
    assert set(schema["properties"]) == {"name", "stops", "end", "notes"}
    assert schema["additionalProperties"] is False
