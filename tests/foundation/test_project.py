"""The workspace's settings: found, checked, and each knows where it came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from golive.contracts import Target
from golive.errors import GoliveError, SetupError, SpecError
from golive.project import SecretRef, find_project, load_project

TEXT = """\
[project]
name = "erp"

[tool.golive]
language = "zh"

[tool.golive.environments.demo]
kind = "demo"
site_file = "site.json"
inventory = "inv/demo"

[tool.golive.environments.demo.targets.old]
url = "OLD-ADDRESS"

[tool.golive.environments.demo.facts]
zone = 8

[tool.golive.environments.demo.secrets]
admin = { env = "ADMIN" }
clerk = { file = "secrets/clerk" }

[tool.golive.environments.rehearsal]
"""
OLD = "http://127.0.0.1:8/"
SITE = {
    "targets": {"old": {"database": "sqlite:///o.db"}, "new": {"url": "http://127.0.0.1:9/"}},
    "facts": {"demo_dir": "/d", "zone": "site"},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(TEXT.replace("OLD-ADDRESS", OLD), encoding="utf-8")
    (tmp_path / "site.json").write_text(json.dumps(SITE), encoding="utf-8")
    return tmp_path


def test_the_nearest_workspace_above_is_found(root: Path) -> None:
    deep = root / "features" / "sales"
    deep.mkdir(parents=True)
    (root / "features" / "pyproject.toml").write_text("[tool.other]\n", encoding="utf-8")
    assert find_project(deep) == root


def test_no_workspace_is_said(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"workspace: no pyproject.toml with \[tool.golive\]"):
        find_project(tmp_path)


@pytest.mark.parametrize(
    ("given", "variables", "value", "source"),
    [
        ("en", {"GOLIVE_LANG": "zh"}, "en", "command line"),
        ("", {"GOLIVE_LANG": "en"}, "en", "GOLIVE_LANG"),
        ("", {"GOLIVE_LANG": ""}, "zh", "pyproject.toml:5"),
        ("", {}, "zh", "pyproject.toml:5"),
    ],
)
def test_a_setting_knows_where_it_came_from(
    root: Path, given: str, variables: dict[str, str], value: str, source: str
) -> None:
    setting = load_project(root, language=given, variables=variables).language
    assert (setting.value, setting.source) == (value, source)


def test_a_default_says_so(root: Path) -> None:
    project = load_project(root, variables={})
    assert dict(project.settings())["environment"].source == "default"
    assert project.environment.value == "demo"
    assert project.runs == root / "reports" / "runs"


def test_an_environment_is_overlaid_by_its_site_file(root: Path) -> None:
    found = load_project(root, variables={}).resolve()
    assert (found.name, found.kind) == ("demo", "demo")
    assert found.targets["old"] == Target(
        name="old", url="http://127.0.0.1:8", database="sqlite:///o.db"
    )
    assert found.targets["new"].url == "http://127.0.0.1:9"
    assert found.facts == {"zone": "site", "demo_dir": "/d", "inventory": "inv/demo"}


def test_an_environment_without_a_kind_is_a_test(root: Path) -> None:
    found = load_project(root, environment="rehearsal", variables={}).resolve()
    assert (found.name, found.kind, found.targets) == ("rehearsal", "test", {})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "its site file 'site.json' does not exist (start the target systems first)"),
        ("{", "its site file 'site.json' cannot be read"),
        ("[]", "its site file 'site.json' is not a JSON object"),
    ],
)
def test_a_site_file_that_is_none(root: Path, content: str | None, says: str) -> None:
    (root / "site.json").unlink()
    if content is not None:
        (root / "site.json").write_text(content, encoding="utf-8")
    with pytest.raises(SetupError) as refused:
        load_project(root, variables={}).resolve()
    assert says in str(refused.value)


def test_secrets_are_named_never_read(root: Path) -> None:
    refs = load_project(root, variables={"ADMIN": "hunter2"}).secret_refs()
    assert refs == (
        SecretRef(name="admin", env="ADMIN"), SecretRef(name="clerk", file="secrets/clerk"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('language = "zh"', 'langauge = "zh"'),
         "pyproject.toml:5: [tool.golive]: unknown key 'langauge' (did you mean 'language'?)"),
        (('kind = "demo"', 'kind = "prod"'),
         "pyproject.toml:8: environment 'demo': kind 'prod' is not known (use one of demo, "),
        (("inventory =", "inventry ="),
         "pyproject.toml:10: environment 'demo': unknown key 'inventry' (did you mean 'inventory"),
        (('language = "zh"', 'language = "fr"'),
         "language: 'fr' from pyproject.toml:5 is unknown to golive (use 'en' or 'zh')"),
        (("[tool.golive]\n", "[tool.golive\n"), "pyproject.toml: is not TOML: "),
    ],
)  # fmt: skip
def test_a_mistake_in_the_settings_has_its_line(
    root: Path, change: tuple[str, str], says: str
) -> None:
    (root / "pyproject.toml").write_text(TEXT.replace(*change), encoding="utf-8")
    with pytest.raises(SpecError) as refused:
        load_project(root, variables={})
    assert str(refused.value).startswith(says)


@pytest.mark.parametrize(
    ("name", "hint"), [("rehersal", "did you mean 'rehearsal'?"), ("x", "known: demo, rehearsal")]
)
def test_an_unknown_environment_is_said(root: Path, name: str, hint: str) -> None:
    with pytest.raises(SpecError) as refused:
        load_project(root, variables={"GOLIVE_ENV": name}).resolve()
    assert str(refused.value) == (
        f"pyproject.toml: environment '{name}': is not in [tool.golive.environments] ({hint})"
    )


@pytest.mark.parametrize(
    "text",
    [
        '[tool]\ngolive = "x"\n[tool.golived]\n',
        "[tool.golive]\nenvironments = 3\n",
        "[tool.golive.environments]\ndemo = 3\n",
        "[tool.golive.environments.demo]\ntargets = 3\n",
        "[tool.golive.environments.demo.targets]\nold = 3\n",
        "[tool.golive.environments.demo]\nsecrets = 3\n",
        "[tool.golive.environments.demo]\nkind = [1]\n",
        "[tool.golive.environments.demo]\nsite_file = 3\n",
    ],
)
def test_a_table_of_the_wrong_shape_is_no_traceback(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(GoliveError):
        load_project(tmp_path, variables={}).resolve()
