"""Cucumber expressions that are compiled only when a sentence can be one of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from cucumber_expressions.expression import (  # type: ignore[import-untyped]  # it has no types
    CucumberExpression,
)
from cucumber_expressions.parameter_type_registry import (  # type: ignore[import-untyped]  # it has no types
    ParameterTypeRegistry,
)

__all__ = ["LateExpression"]

#: A parameter or an optional text.
_VARIABLE = re.compile(r"\{[^}]*\}|\([^)]*\)")


class LateExpression:
    """A Cucumber expression; a process says few of the hundreds of sentences it knows.

    Compiling costs some thousand times what looking for a sentence's fixed words does.
    """

    def __init__(self, source: str, types: ParameterTypeRegistry) -> None:
        """Note the expression ``source`` with the types of its parameters; nothing is compiled."""
        self.source = source
        self._types = types
        self._fixed = _fixed(source)

    def match(self, sentence: str) -> Sequence[Any] | None:
        """Return the sentence's arguments, or None when it is not this one.

        Raise whatever the library raises for an expression that is none, when a sentence holds
        all its fixed words.
        """
        if any(words not in sentence for words in self._fixed):
            return None
        found: Sequence[Any] | None = self.compiled.match(sentence)
        return found

    @cached_property
    def compiled(self) -> CucumberExpression:
        """The library's own expression."""
        return CucumberExpression(self.source, self._types)

    @property
    def regexp(self) -> str:
        """The regular expression it stands for."""
        return str(self.compiled.regexp)


def _fixed(source: str) -> tuple[str, ...]:
    """Return the words every sentence of an expression holds; maybe not all of them."""
    pieces = _VARIABLE.split(source)
    # A slash divides alternatives and a backslash takes a sign's meaning away.
    return tuple(piece for piece in pieces if piece and not {"/", "\\"} & set(piece))
