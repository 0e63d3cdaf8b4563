"""The screen of findings: lists that open, reasons, decisions checked, one case of several."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
import streamlit
from docx import Document
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from dashboard import holdings, reads
from dashboard.actions import cases as case_actions
from dashboard.actions import findings as finding_actions
from dashboard.desks import findings as findings_desk
from dashboard.draft import NewLead
from dashboard.naming import Naming
from dashboard.panels.findings.files import file_name, make_csv, make_xlsx, seal_name
from dashboard.panels.findings.papers import PAPERS
from dashboard.panels.findings.words import say_lack, sentences
from dashboard.text import say_error
from dashboard.view import View
from geodata import HazardRef, RevisionNote, hazards_of, load_rule_set, open_city
from geodata.errors import (
    CaseTaken,
    DecisionOutOfTurn,
    DecisionWithoutReason,
    FindingGone,
    NotAllowed,
    SeveralCases,
    StaleDecision,
)
from geodata.sample import SAMPLE_ON, sample_lists
from layers.catalog import all_layers
from layers.detect import Lack, Reason
from layers.drawing.finding_signs import shapes_of, spots_of
from layers.evidence_rows import gather_evidence
from layers.imprint import imprint_of
from layers.rule import SEVERITIES

MAIN = str(Path(__file__).parents[2] / "dashboard" / "main.py")
CITY = open_city()
IMPRINT = imprint_of(CITY, SAMPLE_ON, "abc", is_demonstration=True)
YARDS = "yards_on_farmland"
NOW = datetime(2025, 12, 18, 1, tzinfo=UTC)
every_language = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture
def data(sample, tmp_path, monkeypatch):
    """A copy of the demonstration of this test's own."""
    shutil.copytree(sample, tmp_path / "data")
    monkeypatch.setenv("PIM_DATA_FOLDER", str(tmp_path / "data"))
    streamlit.cache_resource.clear()
    yield tmp_path / "data"
    streamlit.cache_resource.clear()


def naming(language="zh"):
    return Naming(CITY, load_rule_set(), all_layers(), language)


def opened(language="zh", **address):
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.query_params.update({"screen": "findings", "lang": language, **address})
    at.run()
    assert not at.exception
    return at


def of_yard(name):
    """Return how the finding on a yard stands now."""
    found = findings_desk.dossiers()[YARDS].findings
    return next(one for one in found if one.finding.rows[0].id == name)


def seen(*standing):
    return {one.finding.id: one.seen for one in standing}


def a_lead(**facts):
    lead = NewLead(
        id="LZ-YZ-2025-077",
        title_zh="督促整治堆场占地案",
        office="LZ-YZ",
        kind="admin_pil",
        field="ecological_environment_resources",
        lead_source="",
        occurred_on=SAMPLE_ON,
        note="由模型登记",
    )
    return replace(lead, **facts)


def button(at, key):
    return next(one for one in at.button if one.key == key)


def text_of(at):
    return "\n".join(
        str(one.value)
        for kind in ("markdown", "caption", "info", "warning", "error", "html", "success")
        for one in at.get(kind)
        if hasattr(one, "value")
    ) + "\n".join(str(getattr(one.proto, "body", "")) for one in at.get("html"))


# ---------------------------------------------------------------------------- screen


@every_language
def test_the_screen_begins_with_every_finding_of_the_demonstration(data, language):
    at = opened(language)
    every = [one for dossier in findings_desk.dossiers().values() for one in dossier.findings]
    assert len(at.dataframe[0].value) == len(every) > 0
    (states,) = [one for one in at.button_group if one.key == "findings-state"]
    assert states.proto.options[0].content.endswith(f" {len(every)}")
    assert not at.error


@every_language
def test_one_finding_says_why_by_which_rows_and_by_which_law(data, language):
    one = of_yard("YZ-DC-01")
    at = opened(language, finding=one.finding.id)
    rule = findings_desk.rules()[YARDS]
    told = text_of(at)
    for sentence in sentences(one, rule, rule.defaults(), naming(language)):
        assert sentence.split("，")[0][:12] in told
    for word in ("TB-YZ-001", "TB-YZ-003", "46,500.2" if language == "en" else "46,500"):
        assert word in told
    assert rule.legal_basis[0].title.says(language) in told
    assert rule.point.says(language) in told


def test_an_address_with_an_unknown_finding_or_model_does_no_harm(data):
    at = opened(finding="0123456789abcdef")
    assert "选一条发现" in text_of(at)
    at = opened(finding="<b>", model="nonsense", state="x", severity="worst")
    assert len(at.warning) == 1


@pytest.mark.parametrize("state", ["new", "confirmed", "became_case", "gone", "verified"])
def test_every_state_opens_its_list_and_an_empty_one_says_what_to_do(data, state):
    at = opened(state=state)
    count = len(at.dataframe[0].value) if len(at.dataframe) else 0
    found = findings_desk.listed_findings(View(standing=state), reads.data_state())
    assert count == len(found)
    if not count:
        assert [one.key for one in at.button if one.key == "findings-clear"]


def test_severity_office_and_model_narrow_the_list(data):
    state = reads.data_state()
    whole = findings_desk.listed_findings(View(), state)
    for severity in SEVERITIES:
        view = View(severities=frozenset({severity}))
        some = findings_desk.listed_findings(view, state)
        assert all(one.finding.severity == severity for one in some)
    offices = [one.finding.jurisdiction for one in whole]
    order = {office: place for place, office in enumerate(CITY.jurisdiction_ids)}
    assert offices == sorted(offices, key=order.__getitem__), "administrative order, no ranking"
    at = opened(offices="LZ-YZ", model=YARDS)
    assert set(at.dataframe[0].value["检察院"]) == {"榆中"}
    mine = [one for one in findings_desk.dossiers()[YARDS].findings
            if one.finding.jurisdiction == "LZ-YZ"]  # fmt: skip
    assert len(at.dataframe[0].value) == len(mine)


@every_language
def test_the_models_say_which_lists_they_need_how_fresh_and_by_which_numbers(data, language):
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.query_params.update({"screen": "findings", "lang": language, "model": YARDS})
    at.session_state["kept.findings_part"] = "models"
    at.run()
    assert not at.exception
    assert len(at.dataframe[0].value) == len(findings_desk.rules())
    assert [one.min for one in at.number_input][:2] == [0, 0.1]
    assert "2023-12-17" in text_of(at)
    at.number_input[1].set_value(15.0).run()
    assert not at.exception
    assert any("15" in one.value for one in at.warning), "says everywhere that it is a trial"
    assert len(holdings.findings().runs(YARDS)) == 1, "a trial is kept nowhere"
    button(at, "trial-reset").click().run()
    assert at.number_input[1].value == 5


def test_a_list_that_lacks_makes_the_model_say_so_and_not_that_nothing_was_found(data, monkeypatch):
    features, _ = holdings.stores()
    features.write(
        "land_parcels",
        sample_lists()["land_parcels"],
        RevisionNote("t", "t", NOW, data_on=date(2020, 1, 1), source_sha256="9"),
    )
    features.write(
        "land_parcels",
        sample_lists()["land_parcels"].assign(township="某镇"),
        RevisionNote("t", "t", NOW, data_on=date(2020, 1, 1), source_sha256="8"),
    )
    finding_actions.run_and_keep(YARDS, "王某")
    dossier = findings_desk.dossiers()[YARDS]
    assert dossier.has_failed
    assert len(dossier.findings) == len(dossier.run.findings) > 0
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.query_params.update({"screen": "findings", "model": YARDS})
    at.session_state["kept.findings_part"] = "models"
    at.run()
    assert "不等于没有发现" in at.error[0].value
    assert [one for one in at.button if one.key == "model-intake"]


@every_language
def test_every_reason_of_a_lack_is_worded(language):
    for reason in Reason.__args__:
        lack = Lack("yards", "yards", reason, columns=("owner",), data_on=SAMPLE_ON)
        assert not re.search(r"[{}]", say_lack(lack, naming(language)))


# -------------------------------------------------------------------------- decisions


def test_a_decision_is_kept_with_who_when_why_and_the_facts_it_was_made_about(data):
    one = of_yard("YZ-DC-02")
    finding_actions.enter_decision("rejected", seen(one), "现场已清退", "王某")
    now = of_yard("YZ-DC-02")
    assert (now.state, now.seen) == ("rejected", 1)
    entry = now.entries[0]
    assert (entry.recorded_by, entry.why, entry.run) == ("王某", "现场已清退", one.run)
    assert entry.facts_id == one.finding.facts_id
    finding_actions.run_and_keep(YARDS, "王某")
    assert of_yard("YZ-DC-02").state == "rejected", "never asked again for the same facts"


@pytest.mark.parametrize(
    ("kind", "why", "who", "error"),
    [
        ("rejected", "  ", "王某", DecisionWithoutReason),
        ("confirmed", "", " ", NotAllowed),
        ("reopened", "误", "王某", DecisionOutOfTurn),
    ],
)
def test_what_may_not_be_decided_is_refused_and_worded(data, kind, why, who, error):
    with pytest.raises(error) as refused:
        finding_actions.enter_decision(kind, seen(of_yard("YZ-DC-02")), why, who)
    assert say_error(refused.value, "zh") != say_error(refused.value, "en")
    assert holdings.findings().entries() == ()


def test_whoever_may_not_write_for_the_office_is_refused(data, monkeypatch):
    monkeypatch.setattr(case_actions, "may_write", lambda office: office != "LZ-YZ")
    with pytest.raises(NotAllowed):
        finding_actions.enter_decision("confirmed", seen(of_yard("YZ-DC-02")), "", "王某")
    finding_actions.enter_decision("confirmed", seen(of_yard("GL-DC-01")), "", "王某")


def test_a_stale_decision_is_refused_for_all_that_were_picked(data):
    one, other = of_yard("YZ-DC-02"), of_yard("YZ-DC-03")
    before = seen(one, other)
    finding_actions.enter_decision("confirmed", seen(one), "", "李某")
    with pytest.raises(StaleDecision):
        finding_actions.enter_decision("rejected", before, "现场无", "王某")
    assert of_yard("YZ-DC-03").state == "new"
    with pytest.raises(FindingGone):
        finding_actions.enter_decision("confirmed", {"0123456789abcdef": 0}, "", "王某")


def test_the_screen_rejects_with_reason_and_shows_it(data):
    one = of_yard("YD-DC-02")
    at = opened(finding=one.finding.id)
    at.text_input(key="finding-writer").set_value("王某").run()
    assert button(at, "finding-rejected").disabled, "no reason yet"
    at.text_input(key="finding-why-0").set_value("现场无堆场").run()
    button(at, "finding-rejected").click().run()
    assert not at.exception
    assert "已驳回 1 条" in at.success[0].value
    assert of_yard("YD-DC-02").entries[0].why == "现场无堆场"
    assert "现场无堆场" in text_of(at)


# ------------------------------------------------------------------ one case of several


def test_one_case_is_opened_from_several_findings_and_its_hazards_are_made(data):
    picked = (of_yard("YZ-DC-01"), of_yard("YZ-DC-05"))
    done = finding_actions.case_from(a_lead(), seen(*picked), "王某")
    features, cases = holdings.stores()
    case = cases.get(done.case)
    assert (case.lead_source, case.jurisdiction) == ("big_data_model", "LZ-YZ")
    refs = hazards_of(case)
    assert [ref.layer for ref in refs] == ["occupied_farmland"] * 2
    row = features.rows("occupied_farmland", [refs[0].id]).iloc[0]
    assert refs[0].id == f"F-{picked[0].finding.id}"
    assert (row["hazard_kinds"], row["jurisdiction"], row["found_on"]) == (
        "coal_yard",
        "LZ-YZ",
        SAMPLE_ON,
    )
    assert "堆场占用耕地草地" in row["source"]
    assert f"运行 {picked[0].run}" in row["source"]
    assert row["area_mu_stated"] == 69.8
    assert row["area_m2"] == pytest.approx(46500, rel=0.01)
    for one in picked:
        now = of_yard(one.finding.rows[0].id)
        assert (now.state, now.case) == ("became_case", case.id)
    assert str(HazardRef("occupied_farmland", refs[0].id)) in set(
        holdings.all_features(holdings.data_revision())["ref"]
    )


def test_the_same_finding_makes_no_second_hazard(data):
    one = of_yard("YZ-DC-01")
    finding_actions.case_from(a_lead(), seen(one), "王某")
    features, _ = holdings.stores()
    count = features.count("occupied_farmland")
    finding_actions.enter_decision("reopened", seen(of_yard("YZ-DC-01")), "另案", "王某")
    again = a_lead(id="LZ-YZ-2025-078")
    finding_actions.case_from(again, seen(of_yard("YZ-DC-01")), "王某")
    assert features.count("occupied_farmland") == count
    assert of_yard("YZ-DC-01").case == "LZ-YZ-2025-078"


def test_findings_of_two_offices_are_two_cases_and_nothing_is_written(data):
    picked = (of_yard("YZ-DC-01"), of_yard("YD-DC-01"))
    groups = finding_actions.group_findings([one.finding for one in picked])
    assert finding_actions.differing(groups) == ("office",)
    before = holdings.data_revision(), holdings.findings().revision()
    with pytest.raises(SeveralCases) as refused:
        finding_actions.case_from(a_lead(), seen(*picked), "王某")
    assert refused.value.facts["count"] == 2
    assert (holdings.data_revision(), holdings.findings().revision()) == before


def test_a_lead_that_is_refused_leaves_no_hazard_behind(data):
    before = holdings.data_revision()
    taken = next(iter(holdings.casebook(before).positions))
    with pytest.raises(CaseTaken):
        finding_actions.case_from(a_lead(id=taken), seen(of_yard("YZ-DC-01")), "王某")
    with pytest.raises(NotAllowed):
        finding_actions.case_from(a_lead(), seen(of_yard("YZ-DC-01")), "")
    assert holdings.data_revision() == before


def test_the_funnel_counts_what_became_of_the_hits_and_each_number_opens_its_list(data):
    finding_actions.case_from(a_lead(), seen(of_yard("YZ-DC-01")), "王某")
    finding_actions.enter_decision("rejected", seen(of_yard("YZ-DC-02")), "无", "王某")
    at = AppTest.from_file(MAIN, default_timeout=60)
    at.query_params.update({"screen": "findings", "model": YARDS})
    at.session_state["kept.findings_part"] = "models"
    at.run()
    shown = {one.key: one.label for one in at.button if str(one.key).startswith("funnel-")}
    counts = [re.search(r"\*\*(.+?)\*\*", one)[1] for one in shown.values()]
    hits = len(findings_desk.dossiers()[YARDS].findings)
    assert counts == [str(hits), "1", "1", "1", "0", "0"]
    assert any("立案/线索 0/1" in one.value and "核实/立案 —" in one.value for one in at.caption)
    button(at, "funnel-leads").click().run()
    assert len(at.dataframe[0].value) == 1
    assert at.dataframe[0].value.iloc[0]["名称"] == "某煤场甲"


# ---------------------------------------------------------------------- files and maps


@every_language
def test_the_files_say_why_by_which_version_and_from_which_lists(data, language):
    names, rules = naming(language), findings_desk.rules()
    dossiers = findings_desk.dossiers()
    found = findings_desk.listed_findings(View(model=YARDS), reads.data_state())
    book = load_workbook(BytesIO(make_xlsx(found, dossiers, rules, names, IMPRINT)))
    rows = list(book.worksheets[0].values)
    assert len(rows) == len(found) + 1
    told = " ".join(str(cell) for cell in rows[1])
    for word in (rules[YARDS].title.says(language), "2025-12-17", "geodata/sample", "1"):
        assert word in told
    notes = " ".join(str(cell) for row in book.worksheets[-1].values for cell in row)
    assert rules[YARDS].point.says(language) in notes
    assert make_csv(found, dossiers, rules, names).count(b"yards") == 0, "ids are not titles"
    assert file_name("xlsx", names, IMPRINT).endswith(".xlsx")
    assert "2025-12-17" in file_name("csv", names, IMPRINT)
    assert YARDS in seal_name(rules[YARDS], "1", dossiers[YARDS].run, names)


@every_language
def test_one_finding_goes_along_with_its_rows_side_by_side(data, language):
    one = findings_desk.open_finding(of_yard("YZ-DC-01").finding.id)
    for paper in PAPERS:
        made = paper.make(one, naming(language), IMPRINT)
        if paper.form == "xlsx":
            cells = [str(cell) for row in load_workbook(BytesIO(made)).worksheets[1].values
                     for cell in row]  # fmt: skip
            assert len([cell for cell in cells if "TB-YZ-00" in cell]) >= 3
        assert made


def test_the_lead_of_a_river_goes_with_who_answers_for_what_lies_upstream(data):
    found = findings_desk.listed_findings(View(model="works_in_river_zone"), reads.data_state())
    told = [findings_desk.open_finding(one.finding.id) for one in found]
    upstream = [findings_desk.upstream_of(one) for one in told]
    assert all(one is not None and one.steps for one in upstream)
    assert any(one.bodies for one in upstream)
    notices = [PAPERS[1].make(one, naming("en"), IMPRINT) for one in told]
    assert all("移送案件线索通知书" in words_of(one) for one in notices)
    assert (
        findings_desk.upstream_of(findings_desk.open_finding(of_yard("YZ-DC-01").finding.id))
        is None
    )


def words_of(paper):
    return "\n".join(one.text for one in Document(BytesIO(paper)).paragraphs)


def test_a_run_is_sealed_from_the_screen(data):
    assert findings_desk.seal_run("1").startswith(b"PK")


def test_no_row_of_a_list_of_persons_is_shown_only_how_many(data, monkeypatch):
    from layers import evidence_rows

    monkeypatch.setattr(evidence_rows, "is_personal", lambda table: table == "land_parcels")
    one, run = of_yard("YZ-DC-01"), findings_desk.dossiers()[YARDS].run
    evidence = gather_evidence(one.finding, run, holdings.stores()[0])
    assert dict(evidence.hidden) == {"land_parcels": 3}
    assert {row.ref.table for row in evidence.rows} == {"yards"}


def test_what_changed_since_the_run_stands_beside_what_the_run_saw(data):
    features, _ = holdings.stores()
    yards = sample_lists()["yards"]
    yards.loc[yards["id"] == "YZ-DC-01", "owner"] = "某煤业换名"
    features.write("yards", yards, RevisionNote("t", "t", NOW, source_sha256="7"))
    one = of_yard("YZ-DC-01")
    assert one.stale == "changed"
    at = opened(finding=one.finding.id)
    assert "某煤业甲 → 某煤业换名" in text_of(at)


def test_the_map_shows_severity_by_shape_and_how_rows_lie_in_numbers(data):
    found = findings_desk.listed_findings(View(), reads.data_state())
    spots = spots_of(found, findings_desk.rules(), "zh")
    assert len(spots) == sum(one.finding.lon is not None for one in found)
    shapes = {(one.finding.severity, spot.sign.shape) for one in found for spot in spots
              if spot.ref == f"finding:{one.finding.id}"}  # fmt: skip
    assert len({shape for _, shape in shapes}) == len({severity for severity, _ in shapes})
    one = findings_desk.open_finding(of_yard("YZ-DC-01").finding.id)
    words = {"area_m2": "重叠 {value} m²", "distance_m": "相距 {value} m"}
    labels = [shape.label for shape in shapes_of(one.evidence, words) if shape.label]
    assert len(labels) == 3
    total = sum(each.value for each in one.evidence.measured)
    assert total == pytest.approx(dict(one.standing.finding.facts)["occupied_m2"], abs=0.1)
