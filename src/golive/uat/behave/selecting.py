"""Which cases run: behave's tag expressions over what was read."""

from __future__ import annotations

from collections.abc import Iterable

from golive.errors import SpecError
from golive.uat.behave import model
from golive.uat.behave.reading import Case, FeatureCases
from golive.uat.wording import say

__all__ = ["Selection", "select_cases"]


class Selection:
    """A tag expression such as ``@smoke and not @destructive``; the empty one selects all."""

    def __init__(self, expression: str, language: str = "en") -> None:
        self.expression = expression.strip()
        try:
            self._filter = model.tag_filter(self.expression) if self.expression else None
        except ValueError as error:
            raise SpecError.of(
                say(language, f"selection '{expression}'", f"选择条件“{expression}”"),
                say(language, "is no tag expression", "不是标签表达式"),
                hint=say(language, "e.g. @smoke and not @slow", "例如：@smoke and not @slow")
                + f"; {str(error).splitlines()[0] if str(error) else ''}".rstrip("; "),
            ) from error

    def takes(self, case: Case) -> bool:
        """Return whether a case is selected."""
        return self._filter is None or bool(self._filter.check(case.tags))


def select_cases(files: Iterable[FeatureCases], selection: Selection) -> tuple[Case, ...]:
    """Return the selected cases in the order of the files."""
    return tuple(case for file in files for case in file.cases if selection.takes(case))
