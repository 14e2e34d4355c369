"""Modules: telling names, one sentence of purpose, package faces that only re-export."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

#: A drawer with such a name collects what nobody thought about.
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "core", "manager", "base", "misc"}
Public = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def test_no_module_has_a_name_that_says_nothing(code: Mapping[Path, ast.Module]) -> None:
    assert not [str(path) for path in code if FORBIDDEN & {*path.parts, path.stem}]


def test_every_folder_with_modules_is_a_package(code: Mapping[Path, ast.Module]) -> None:
    """Import-linter does not see into a folder without ``__init__.py``."""
    folders = {path.parent for path in code if path.parts[0] != "tools"}
    assert not [str(folder) for folder in folders if folder / "__init__.py" not in code]


def test_every_module_says_its_purpose(code: Mapping[Path, ast.Module]) -> None:
    wrong = [
        str(path)
        for path, tree in code.items()
        if not (ast.get_docstring(tree) or "").partition("\n")[0].strip().endswith((".", ":"))
    ]
    assert not wrong, "\n".join(wrong)


def public(body: list[ast.stmt]) -> Iterator[Public]:
    """Yield the public functions and classes of a module, and the methods of those classes."""
    for node in body:
        if isinstance(node, Public) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def is_overload(node: Public) -> bool:
    """Return whether the node only repeats a signature for the type checker."""
    return any("overload" in ast.unparse(one) for one in node.decorator_list)


def test_everything_public_has_a_docstring(code: Mapping[Path, ast.Module]) -> None:
    wrong = [
        f"{path}:{node.lineno}: {node.name}"
        for path, tree in code.items()
        for node in public(tree.body)
        if not ast.get_docstring(node) and not is_overload(node)
    ]
    assert not wrong, "\n".join(wrong)


def is_face(node: ast.stmt) -> bool:
    """Return whether a statement only re-exports: a docstring, an import, ``__all__``."""
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) == "__all__"
    # A face may also hand out a name only when it is asked for (PEP 562), to import less.
    if isinstance(node, ast.FunctionDef):
        return node.name == "__getattr__"
    return isinstance(node, ast.Expr | ast.Import | ast.ImportFrom)


def test_package_faces_only_re_export(code: Mapping[Path, ast.Module]) -> None:
    faces = {path: tree for path, tree in code.items() if path.name == "__init__.py"}
    assert faces
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in faces.items()
        for node in tree.body
        if not is_face(node)
    ]
    assert not wrong, "\n".join(wrong)


def imported(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Yield line, module and name of everything a module imports, type-only imports too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, module, alias.name) for alias in node.names)


def test_no_module_imports_the_face_of_its_own_package(product: Mapping[Path, ast.Module]) -> None:
    """A child that holds its parent is how knots begin; nor is any import relative."""
    modules = {
        ".".join(path.with_suffix("").parts[1:]).removesuffix(".__init__") for path in product
    }
    wrong = []
    for path, tree in product.items():
        if path.name == "__init__.py":
            continue
        parents = {".".join(path.parts[1:end]) for end in range(2, len(path.parts))}
        wrong += [
            f"{path}:{line}: {module} {name}"
            for line, module, name in imported(tree)
            if module.startswith(".") or (module in parents and f"{module}.{name}" not in modules)
        ]
    assert not wrong, "\n".join(wrong)
