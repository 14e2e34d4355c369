"""Write a page in English to the file a person names, and beside it in Chinese."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from golive.errors import Refused

__all__ = ["write_pages"]


def write_pages(option: str, path: Path, page: Callable[..., str], *values: object) -> None:
    """Write ``page(*values, language, other=...)`` to ``path`` and to ``<name>.zh<ending>``.

    ``other`` is the name of the same page in the other language. Raise Refused when the files
    cannot be written.
    """
    chinese = path.with_suffix(f".zh{path.suffix}")
    try:
        path.write_text(page(*values, "en", other=chinese.name), encoding="utf-8")
        chinese.write_text(page(*values, "zh", other=path.name), encoding="utf-8")
    except OSError as error:
        raise Refused.of(
            f"{option} {path}", f"cannot be written: {error.strerror}", hint="name another file"
        ) from error
