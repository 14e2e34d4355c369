"""Values go down and come up unchanged: dataclasses are frozen, slotted, keyword-only.

A private dataclass may be a function's working state: it need not be frozen. One that works out
something of itself only once (a ``cached_property``) needs a place for it: it cannot have slots.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

WANTED = {"frozen=True", "slots=True", "kw_only=True"}
#: What is public and no value, with the reason.
STATEFUL = {
    "RecordedContext": "a plugin author's test reads what it was told",
    "PlayWatch": "gathers ansible-runner's events while the playbook runs",
    "Controller": "holds the journal's lock and the newest state",
    "Desk": "remembers how far it has read the journal of its run",
    "Walk": "remembers which boundaries were tried while a rehearsal goes on",
    "InFlight": "knows the attempts it launched until they end",
    "Engine": "behave set up once for a process",
    "Recording": "gathers the results of one pytest run",
    "Session": "one scenario's work at the target, opened lazily",
    "Chains": "what the chains of one process have come to",
    "Window": "one role's browser window",
    "Examples": "filled row by row while a feature file is read",
    "BackgroundText": "filled line by line while a feature file is read",
    "ScenarioText": "filled line by line while a feature file is read",
}


def dataclasses(tree: ast.Module) -> Iterator[tuple[ast.ClassDef, set[str]]]:
    """Yield each dataclass and the keywords of its decorator."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            called = isinstance(decorator, ast.Call)
            name = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator)
            if name in {"dataclass", "dataclasses.dataclass"}:
                keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
                yield node, {ast.unparse(keyword) for keyword in keywords if called}


def lacks(node: ast.ClassDef, keywords: set[str]) -> str:
    """Return what the decorator of a dataclass does not say, or an empty string."""
    wanted = WANTED - {"frozen=True"} if node.name.startswith("_") else WANTED
    methods = (item for item in node.body if isinstance(item, ast.FunctionDef))
    if any(
        ast.unparse(mark) == "cached_property" for one in methods for mark in one.decorator_list
    ):
        wanted = wanted - {"slots=True"}
    return ", ".join(sorted(wanted - keywords))


def test_every_dataclass_is_a_value(product: Mapping[Path, ast.Module]) -> None:
    found = [(path, *one) for path, tree in product.items() for one in dataclasses(tree)]
    assert found
    wrong = [
        f"{path}:{node.lineno}: {node.name} lacks {lacks(node, keywords)}"
        for path, node, keywords in found
        if node.name not in STATEFUL
        if lacks(node, keywords)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_exception_to_the_rule_still_exists(product: Mapping[Path, ast.Module]) -> None:
    names = {node.name for tree in product.values() for node, _ in dataclasses(tree)}
    assert set(STATEFUL) <= names
