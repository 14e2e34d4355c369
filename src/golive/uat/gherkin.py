"""Read a feature's raw lines: what behave would silently drop is found here, with its line.

Nothing is taken from a parse tree: a line that looks like a scenario is counted as one, whatever
signs it was typed with, so that the count can be held against what is collected in the end.
"""

from __future__ import annotations

from pathlib import Path

from golive.errors import Problem
from golive.plaintext import Undecodable, decode
from golive.uat.featuretext import FeatureText
from golive.uat.scanning import Scan
from golive.uat.wording import say

__all__ = ["read_feature", "read_features"]


def read_feature(content: bytes, path: str, *, language: str = "en") -> FeatureText:
    """Read one feature file. ``language`` is used for sentences until the file's own is known."""
    try:
        decoded = decode(content)
    except Undecodable as error:
        problem = Problem(
            subject="",
            message=say(
                language,
                f"is in no encoding golive reads: {error}",
                f"无法识别文件的编码：{error}",
            ),
            path=path,
            line=1,
            hint=say(language, "save it as UTF-8", "请另存为 UTF-8 编码"),
        )
        return FeatureText(path=path, language="en", encoding="", text="", problems=(problem,))
    scan = Scan(path, decoded.text, language)
    scan.run()
    return FeatureText(
        path=path,
        language=scan.language,
        encoding=decoded.encoding,
        text="\n".join(scan.lines) + "\n",
        name=scan.name,
        backgrounds=tuple(scan.backgrounds),
        scenarios=tuple(scan.scenarios),
        problems=tuple(scan.told.problems),
        notes=tuple(scan.told.notes),
    )


def read_features(root: Path, language: str = "en") -> tuple[FeatureText, ...]:
    """Read every feature file of a workspace, in the order of their paths."""
    return tuple(
        read_feature(path.read_bytes(), path.relative_to(root).as_posix(), language=language)
        for path in sorted((root / "features").rglob("*.feature"))
    )
