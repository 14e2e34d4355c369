"""Draw Allure's explorer from results: its generator in an own folder, its page made to be quiet.

The generator's answer is compared with golive's counts and never believed: a result it cannot
read it leaves out without a word.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from golive.report.allure import allure_status
from golive.report.document import Document
from golive.report.viewing import headline, tone_of
from golive.report.wording import LANGUAGES, word

__all__ = ["Explorer", "Tools", "counts_of", "draw_explorer", "find_tools", "quiet"]

#: One file opens from anywhere; above so many results it opens too slowly.
_ONE_FILE = 300
_SECONDS = 600
#: Where golive's own ``node_modules`` is, when it runs from its repository.
CHECKOUT = Path(__file__).parents[3]
_OLDEST_NODE = 20
_SCRIPTS = re.compile(r"<script\b[^>]*>(?:(?!</script>).)*</script>", re.DOTALL)
_OUTSIDE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)\s*=\s*[\"']?(?:https?:)?//")
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' data: file:; "
    "style-src 'self' 'unsafe-inline' data: file:; img-src 'self' data: blob: file:; "
    "font-src 'self' data: file:; media-src 'self' data: blob: file:; "
    "connect-src 'self' data: blob: file:; frame-src 'self' data: blob: file:; "
    "base-uri 'self' file:; form-action 'none'"
)
_TONES = {"good": "#1e6b47", "warn": "#7d5300", "bad": "#a02c1d"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The Node and the Allure generator to use."""

    node: Path
    generator: Path
    #: Of Node, e.g. ``v20.11.0``.
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explorer:
    """What came of drawing: the counts Allure shows, or why there is no view."""

    #: ``index.html`` in the folder asked for; empty when it was not drawn.
    file: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    #: True when Allure shows exactly what golive counted.
    complete: bool = False
    why_not: str = ""


def find_tools(workspace: Path, variables: Mapping[str, str] | None = None) -> Tools | str:
    """Return the tools of the workspace, or of golive's own checkout; else what is missing."""
    env = os.environ if variables is None else variables
    roots = (workspace, CHECKOUT)
    generators = [root / "node_modules" / "allure" / "cli.js" for root in roots]
    generator = next((path for path in generators if path.is_file()), None)
    if generator is None:
        return "the Allure generator is not installed (make setup)"
    named = (env.get("GOLIVE_NODE"), shutil.which("node", path=env.get("PATH")))
    beside = Path(sys.executable).parent / "node"
    for node in (*named, beside):
        said = _version(Path(node)) if node and Path(node).is_file() else ""
        if node and _major(said) >= _OLDEST_NODE:
            return Tools(node=Path(node), generator=generator, version=said)
    return f"there is no Node {_OLDEST_NODE} or newer (make setup, or set GOLIVE_NODE)"


def _version(node: Path) -> str:
    try:
        ran = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout.strip()


def _major(version: str) -> int:
    found = re.match(r"v(\d+)\.", version)
    return int(found[1]) if found else 0


def counts_of(document: Document) -> dict[str, int]:
    """Return how many rows have each of Allure's statuses, by golive's own count."""
    return dict(Counter(allure_status(row.state) for row in document.rows()))


def draw_explorer(
    document: Document, results: Path, folder: Path, tools: Tools, *, language: str
) -> Explorer:
    """Generate the explorer from ``results`` into ``folder``, which must not exist yet."""
    with tempfile.TemporaryDirectory(prefix="golive-allure-") as name:
        work = Path(name)
        one_file = sum(1 for _ in document.rows()) <= _ONE_FILE
        (work / "allurerc.json").write_text(
            json.dumps(_config(document, language, one_file=one_file)), encoding="utf-8"
        )
        said = _generate(tools, results, work)
        page = work / "report" / "index.html"
        if said or not page.is_file():
            return Explorer(why_not=said or "the Allure generator wrote no page")
        try:
            summary = json.loads((work / "report" / "summary.json").read_text(encoding="utf-8"))
            stats = summary["stats"]
        except (OSError, ValueError, KeyError):
            return Explorer(why_not="the Allure generator wrote no summary")
        shown = {str(key): int(stats[key]) for key in stats if key in _STATUSES}
        complete = shown == counts_of(document)
        text = quiet(page.read_text(encoding="utf-8"), _banner(document, shown, complete=complete))
        if _OUTSIDE.search(text):
            return Explorer(why_not="its page would ask the network for something")
        page.write_text(text, encoding="utf-8")
        if one_file:
            folder.mkdir(parents=True)
            shutil.copyfile(page, folder / "index.html")
        else:
            shutil.copytree(work / "report", folder)
    return Explorer(file="index.html", counts=shown, complete=complete)


_STATUSES = frozenset({"passed", "failed", "broken", "skipped", "unknown"})


def _config(document: Document, language: str, *, one_file: bool) -> dict[str, object]:
    options = {
        "singleFile": one_file,
        "reportLanguage": language,
        "theme": "light",
        "groupBy": ["parentSuite", "suite", "subSuite"],
    }
    return {
        "name": document.title,
        "output": "report",
        "plugins": {"awesome": {"options": options}},
    }


def _generate(tools: Tools, results: Path, work: Path) -> str:
    """Run the generator; return what it said when it did not succeed."""
    command: list[str | Path] = [
        *(tools.node, tools.generator, "generate", results.absolute(), "--cwd", work),
        *("--config", "allurerc.json", "--output", work / "report"),
    ]
    kept = {key: os.environ[key] for key in ("PATH", "LANG", "TMPDIR") if key in os.environ}
    environment = {**kept, "HOME": str(work), "ALLURE_NO_ANALYTICS": "true", "NO_COLOR": "1"}
    try:
        ran = subprocess.run(
            command, cwd=work, env=environment, capture_output=True, text=True,
            encoding="utf-8", errors="replace", timeout=_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the Allure generator did not end well: {error}"
    if ran.returncode == 0:
        return ""
    words = (ran.stderr or ran.stdout).strip().splitlines()
    return f"the Allure generator ended with {ran.returncode}: {words[-1] if words else ''}"


def quiet(page: str, banner: str) -> str:
    """Return Allure's page without what reports to others, with a policy and golive's banner."""
    page = _SCRIPTS.sub(lambda found: "" if _reports(found[0]) else found[0], page)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    page = page.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n    {meta}', 1)
    return page.replace("<body>", f"<body>\n{banner}", 1)


def _reports(script: str) -> bool:
    """Tell whether a script counts visitors for somebody else; the program itself is data."""
    head = script[:2000]
    return "googletagmanager" in head or "gtag(" in head


def _banner(document: Document, shown: Mapping[str, int], *, complete: bool) -> str:
    counted = counts_of(document)
    lines = []
    for language in LANGUAGES:
        verdict = headline(document, language)
        says = word(
            language,
            "banner.counts",
            passed=document.passed.count,
            total=document.passed.total,
        )
        lines.append(f"{word(language, 'banner.says', verdict=verdict)} {says}")
        if not complete:
            lines.append(
                word(language, "banner.incomplete", shown=_told(shown), counted=_told(counted))
            )
    colour = _TONES["bad" if not complete else tone_of(document)]
    text = "<br>".join(html.escape(line) for line in lines)
    return (
        f'<div id="golive-verdict" style="background:{colour};color:#fff;padding:8px 16px;'
        f'font:14px/1.5 sans-serif">{text}</div>'
    )


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[key]} {key}" for key in sorted(counts)) or "0"
