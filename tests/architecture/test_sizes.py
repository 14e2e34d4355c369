"""A module is refused above 500 lines, a function above 60; nine of ten functions fit in 25."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

MODULE_LINES = 500
FUNCTION_LINES = 60
SHORT_LINES = 25
SHORT_SHARE = 0.9


def functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each function's name and its lines, from ``def`` to its end."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_module_is_too_long(code: Mapping[Path, ast.Module], root: Path) -> None:
    lengths = {path: len((root / path).read_text("utf-8").splitlines()) for path in code}
    too_long = [f"{path}: {lines}" for path, lines in lengths.items() if lines > MODULE_LINES]
    assert not too_long, "\n".join(too_long)


def test_no_function_is_too_long(code: Mapping[Path, ast.Module]) -> None:
    too_long = [
        f"{path}: {name}: {lines}"
        for path, tree in code.items()
        for name, lines in functions(tree)
        if lines > FUNCTION_LINES
    ]
    assert not too_long, "\n".join(too_long)


def test_nine_of_ten_functions_are_short(product: Mapping[Path, ast.Module]) -> None:
    measured = [
        (lines, f"{path}: {name}")
        for path, tree in product.items()
        for name, lines in functions(tree)
    ]
    long = sorted((one for one in measured if one[0] > SHORT_LINES), reverse=True)
    share = 1 - len(long) / len(measured)
    assert share >= SHORT_SHARE, "\n".join(
        [f"only {share:.1%} of {len(measured)}", *(f"{lines} {name}" for lines, name in long)]
    )
