"""A plan and a simulation as people read them: text, data, one static page in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pypdf import PdfReader

from golive.browser import Browser
from golive.report.gantt import gantt_of
from golive.report.paper_page import paper_page
from golive.report.plan_page import plan_page
from golive.report.plan_text import plan_data, plan_text, why
from golive.report.simulation_text import simulation_data, simulation_text
from golive.run.virtual import play
from golive.runbook.abort_times import STOP, VERIFY
from golive.runbook.definition import Shift
from golive.runbook.loading import load_runbook
from golive.runbook.outlook import outlook
from golive.runbook.planning import Measured, Plan, make_plan
from golive.runbook.schedule import schedule
from golive.runbook.simulation import simulate

EXAMPLES = Path(__file__).parents[1] / "runbook"
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    root = tmp_path_factory.mktemp("weekend")
    for name, source in (("runbook", "example_27"), ("team", "example_team")):
        (root / f"{name}.yaml").write_bytes((EXAMPLES / f"{source}.yaml").read_bytes())
    for name in ("p.yml", "notice.j2", "gl.yaml", "load/profiles.yaml", "features/a.feature"):
        file = root / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("x\n", encoding="utf-8")
    return make_plan(load_runbook(root, "runbook.yaml"), mode="live")


def measured_plan(plan: Plan) -> Plan:
    """Return the plan with L01, its undo, stopping and verifying measured in two rehearsals."""
    past = Measured(p50=60, p80=90, runs=2, sources=("r-1", "r-2"))
    return replace(plan, measured=dict.fromkeys(("L01", "L01.undo", STOP, VERIFY), past))


def test_every_time_says_where_it_comes_from(plan: Plan) -> None:
    made = measured_plan(plan)
    lines = plan_text(made, "en").splitlines()
    rows = {line.split()[1 + line.startswith("*")]: line for line in lines if ":" in line[2:5]}
    assert " x2 " in rows["L01"]
    assert " est " in rows["L02"]
    assert "times: 1 tasks from past runs, 26 estimated" in lines
    assert "measured by: r-1, r-2" in lines
    assert any("1m30s (x2) to stop, 1m30s (x2) to verify" in line for line in lines)
    assert "核验旧系统 1m30s (实测2次)" in plan_text(made, "zh")
    data = plan_data(made)
    tasks = {item["id"]: item["source"] for item in data["tasks"]}
    measured = {"kind": "measured", "p50": 60, "p80": 90, "times": 2, "runs": ["r-1", "r-2"]}
    assert tasks["L01"] == measured
    assert tasks["L02"] == {"kind": "estimate", "likely": 900, "worst": 1500}
    undos = {item["id"]: item for item in data["undos"]}
    assert (undos["L01.undo"]["seconds"], undos["L01.undo"]["source"]) == (90, measured)
    assert undos["L02.undo"]["source"]["kind"] == "estimate"
    assert data["abort"]["verify"] == {"seconds": 90, "source": measured}
    assert data["abort"]["decision"] == {"seconds": 1200, "source": {"kind": "estimate"}}


def test_stopping_and_verifying_as_measured_move_the_latest_safe_abort(plan: Plan) -> None:
    """Both take 90 seconds; the runbook estimates none."""
    before, after = plan_data(plan)["gates"], plan_data(measured_plan(plan))["gates"]
    moved = datetime.fromisoformat(before["C01"]) - datetime.fromisoformat(after["C01"])
    # L01's undo is faster now, but not what the way back hangs on there.
    assert moved.total_seconds() == 180


def test_the_summary_says_what_matters(plan: Plan) -> None:
    lines = plan_text(plan, "en").splitlines()
    assert lines[-7:] == [
        (
            "* critical chain: G01 > N01 > L02 > L03 > L04 > D01 > D02 > D03 > K01 > T02 > T03 > "
            "V01 > V02 > M01 > G02 > P01 > P02 > N02 > M02"
        ),
        (
            "planned end 11:52 (at worst 20:35), window to 00:00, spare before the reserve 11h08m, "
            "buffer 70%"
        ),
        "times: 0 tasks from past runs, 27 estimated",
        "an abort takes 20m00s to decide, 0s (est) to stop, 0s (est) to verify, beside its undos",
        "at C01 21:01: the way back takes 35m00s at worst, latest safe abort 22:05",
        "at G02 11:01: the way back takes 4h45m at worst, latest safe abort 17:55",
        "point of no return as planned: 11:21",
    ]
    assert "  2026-10-10" in lines
    assert "在 G02（11:01）：回退最多需 4h45m，最晚可回退 17:55" in plan_text(plan, "zh")
    assert all(len(line) <= 100 for line in lines[:-7])


def test_the_data_says_why_each_task_is_where_it_is(plan: Plan) -> None:
    data = plan_data(plan)
    tasks = {task["id"]: task for task in data["tasks"]}
    assert (tasks["K01"]["because"], tasks["K01"]["reason"]) == ("D03", "link")
    assert data["no_return"] == "2026-10-10T10:21:00+00:00"
    assert data["crossing"] is None
    assert data["way_back"][-1]["task"] == "T03"
    assert data["way_back"][-1]["seconds"] == 285 * 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_words(plan: Plan, language: str) -> None:
    reasons = set()
    for slot in schedule(plan).slots:
        assert why(slot, language)
        reasons.add(slot.reason)
    assert {"start", "link"} <= reasons


def test_the_picture_has_every_task_of_the_night_where_it_is(plan: Plan) -> None:
    made = schedule(plan)
    picture = gantt_of(plan, made, outlook(plan, made), "en")
    bars = {bar.task: bar for bar in picture.bars}
    # Hypercare begins inside the window and waits to its edge; what follows on Monday is not drawn.
    assert set(plan.graph) - set(bars) == {"H02"}
    # 28 hours over 860 pixels; D03 begins after 6 h 31 min and takes 4 h.
    assert bars["D03"].x == pytest.approx(290 + 860 * 391 / 1680, abs=0.1)
    assert bars["D03"].wide == pytest.approx(860 * 240 / 1680, abs=0.2)
    assert {bars["D03"].tone, bars["D04"].tone, bars["H01"].tone} == {"chain", "plain", "wait"}
    assert len({bar.y for bar in picture.bars}) == len(picture.bars)
    assert [name for _, name in picture.streams] == ["gov", "legacy", "tech", "data", "test", "biz"]
    lines = {line.tone: line.label for line in picture.lines}
    assert lines["lsat"] == "latest safe abort 17:55"
    assert lines["ponr"] == "point of no return 11:21"
    assert len(picture.dark) == 1


def test_the_pages_open_from_a_file_ask_nothing_and_tell_the_same(
    plan: Plan, tmp_path: Path
) -> None:
    asked: list[str] = []
    said: list[str] = []
    for language, other in (("en", "plan.zh.html"), ("zh", "plan.html")):
        name = "plan.html" if language == "en" else "plan.zh.html"
        (tmp_path / name).write_text(plan_page(plan, language, other=other), encoding="utf-8")
    browser = Browser.start()
    try:
        with browser.context() as context:
            context.on("request", lambda request: asked.append(request.url))
            page = context.new_page()
            page.on("console", lambda message: said.append(message.text))
            page.goto((tmp_path / "plan.html").as_uri())
            assert page.locator("svg[role=img] rect.chain").count() >= 19
            assert page.locator("tbody tr").count() == 27
            page.get_by_role("link", name="中文").click()
            assert page.locator("h2").first.inner_text() == "当晚时间线"
            chain = page.locator("svg[role=img] rect.chain").first
            # The policy lets the page's own style through: the bar has its colour.
            assert chain.evaluate("node => getComputedStyle(node).fill") == "rgb(160, 44, 29)"
    finally:
        browser.close()
    assert said == []
    assert {url.partition(":")[0] for url in asked} == {"file"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paper_has_a_box_for_every_step_and_prints_on_a4(
    plan: Plan, tmp_path: Path, language: str
) -> None:
    file = tmp_path / "paper.html"
    file.write_text(paper_page(plan, language, other="x.html"), encoding="utf-8")
    asked: list[str] = []
    browser = Browser.start()
    try:
        with browser.context() as context:
            context.on("request", lambda request: asked.append(request.url))
            page = context.new_page()
            page.goto(file.as_uri())
            forward, back = page.locator("table.tasks").all()
            steps = forward.locator("tbody tr:not(.ponr)")
            assert steps.count() == forward.locator(".box").count() == 27
            # In the order of the night; nothing that can be undone comes after the line.
            assert steps.first.locator("b").first.inner_text() == "G01"
            after = forward.locator("tr.ponr ~ tr b:first-of-type").all_inner_texts()
            assert after[:2] == ["P01", "P02"]
            words = {"en": "latest safe abort (way back)", "zh": "最晚安全中止（回退用时）"}
            assert f"{words[language]}: 17:55 (4h45m)" in forward.inner_text()
            undone = back.locator("tbody tr td b").all_inner_texts()
            assert undone.index("T03") < undone.index("L02")
            assert "陈梅 +44 20 7946 0003" in forward.inner_text()
            pdf = tmp_path / "paper.pdf"
            page.pdf(path=pdf, prefer_css_page_size=True)
    finally:
        browser.close()
    sheets = PdfReader(pdf).pages
    assert 2 < len(sheets) < 9
    assert {tuple(round(float(one)) for one in sheet.mediabox[2:]) for sheet in sheets} == {
        (842, 595)
    }
    assert {url.partition(":")[0] for url in asked} == {"file"}


def test_what_a_user_wrote_is_no_markup(plan: Plan) -> None:
    for make in (plan_page, paper_page):
        page = make(plan, "en", other="x")
        assert "Legacy ERP -&gt; New ERP" in page
        assert not re.search(r"<script|style=", page)


def test_a_simulation_in_both_languages(plan: Plan) -> None:
    made, night, drawn = schedule(plan), play(plan), simulate(plan, draws=500)
    english = simulation_text(plan, made, night, drawn, "en")
    assert "on the virtual clock the night ends 11:52, planned 11:52" in english
    assert "live in the window (to 00:00): >99.80%" in english
    chinese = simulation_text(plan, made, night, drawn, "zh", moments=True)
    assert "随机推演 500 次（种子 1）：P50" in chinese
    assert re.search(r"^  20:15  完成    G01", chinese, re.MULTILINE)
    data = simulation_data(plan, made, night, drawn)
    assert data["planned_end"] == datetime(2026, 10, 10, 10, 52, tzinfo=UTC).isoformat()
    assert {stand["task"] for stand in data["safe_abort"]} == {"C01", "G02"}
    assert data["times"] == {"measured": 0, "estimated": 27}


def test_a_shift_on_paper_says_its_day(plan: Plan) -> None:
    """The window of the example is two days long."""
    shift = Shift(post="lead", person=next(iter(plan.team.people)),
                  start="2026-10-10T19:00:00+00:00", end="2026-10-11T04:00:00+00:00")  # fmt: skip
    page = paper_page(replace(plan, team=replace(plan.team, shifts=(shift,))), "en", other="x")
    assert "10-10 20:00 – 10-11 05:00" in page
