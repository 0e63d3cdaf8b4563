"""What somebody hands in who means harm, and what must not come of it. docs/security_attacks.md."""

import asyncio
import csv
import io
import json
import os
import random
import re
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit
from xml.etree import ElementTree as ET

import openpyxl
import pandas as pd
import pytest
import shapely
from PIL import Image

from dashboard.routes.picture_pass import check_picture_pass, write_picture_pass
from dashboard.routes.tile_pass import LIFE_S, STEP_S, PassRefused, TilePass, read_pass, write_pass
from geodata import HazardRef, open_cases, open_findings
from geodata.__main__ import main
from geodata.derived_pictures import shrunk
from geodata.engines.folder import create_feature_store
from geodata.errors import GeodataError, UnreadableFile
from geodata.evidence_store import EvidenceFacts, open_evidence
from geodata.intake import guard_cells
from geodata.journal import Draft, open_journal
from geodata.readers import read_table
from layers.disclosure.aliases import Alias, Aliases
from layers.disclosure.entities import Entity
from layers.handoff import KML, render_gpx, render_kml
from layers.xlsform import BrokenForm, read_form
from tests.geodata.histories import RECORDED, a_case, event
from tests.geodata.test_overlay_engines import parcels, yards
from tests.geodata.test_revisions import a_note, rows
from tests.layers.test_handoff import feature, shortlist

ROOT = Path(__file__).parents[1]
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "＝1+1", '=HYPERLINK("x")']
TRICKS = ["'; drop table cases; --", "1 or 1=1", "../../etc/passwd", "..\\..\\x", "/etc/passwd",
          "a\0b", "%2e%2e%2f", "x" * 5000, "{0.__class__}", "%s%n", "$(id)", "\u202egnp.exe",
          "<script>alert(1)</script>", "<img src=x onerror=alert(1)>"]  # fmt: skip


# ----------------------------------------------------------------------- formulas


def test_every_place_that_writes_tables_is_known_and_makes_cells_harmless():
    """A new writer of CSV or workbooks is added here with a test of what it does to formulas."""
    known = {
        "geodata/bad_rows.py",  # tests/geodata/test_damaged_files.py
        "geodata/case_sheets.py",  # tests/geodata/test_case_exchange.py
        "geodata/court_bundle.py",  # tests/geodata/test_court_bundle.py
        "geodata/engines/folder.py",  # rows set aside, guarded by intake: test_damaged_files.py
        "geodata/engines/memory.py",  # the same
        "geodata/engines/postgis.py",  # the same
        "geodata/overlay_commands.py",  # here
        "layers/disclosure/aliases.py",  # here
        "layers/reply_form.py",  # tests/layers/test_agency_lists.py: forms, rows kept aside
        "layers/sheets.py",  # tests/layers/test_sheets.py: every table of the screens
        "layers/xlsform.py",  # cells are texts: tests/layers/test_checklists.py
    }
    writers = re.compile(
        r"csv\.(writer|DictWriter)\(|\.to_csv\(|\bWorkbook\(|\.to_excel\(|xlsxwriter"
    )
    found = {
        file.relative_to(ROOT).as_posix()
        for package in ("dashboard", "layers", "geodata")
        for file in (ROOT / package).rglob("*.py")
        if writers.search(file.read_text(encoding="utf-8"))
    }
    assert found == known


def cells_of(content):
    text = content.decode("utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


def runs(cell):
    return cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_name_that_is_a_formula_is_harmless_in_the_table_of_aliases(formula):
    from geodata.model import Title

    entries = (Alias(Entity("company", formula), Title("某公司", "company A")),)
    table = Aliases(entries=entries).render_table(["=head", "name", "zh", "en"])
    assert [cell for cell in cells_of(table) if runs(cell)] == []


def test_ids_that_are_formulas_are_harmless_in_the_pairs_of_an_overlay(tmp_path, capsys):
    store = create_feature_store(tmp_path / "features")
    box = shapely.box(103.8, 36, 103.802, 36.001)
    store.write("yards", yards([box]).assign(id="=cmd|' /C calc'!A0"), a_note(0))
    store.write("parcels", parcels([box]).assign(id="@SUM(1)"), a_note(1))
    file = tmp_path / "pairs.csv"
    asked = ["overlay", "yards", "parcels", "--store", f"file:{tmp_path / 'features'}"]
    assert main([*asked, "--csv", str(file)]) == 0
    capsys.readouterr()
    assert "calc" in file.read_text("utf-8-sig")
    assert [cell for cell in cells_of(file.read_bytes()) if runs(cell)] == []


@pytest.mark.parametrize("formula", FORMULAS)
def test_rows_set_aside_guard_headings_and_cells(formula):
    guarded = guard_cells(pd.DataFrame({formula: [formula]}))
    assert not runs(str(guarded.columns[0]))
    assert not runs(str(guarded.iloc[0, 0]))


# ------------------------------------------------------- ids, paths, questions to databases


@pytest.mark.parametrize("trick", TRICKS)
def test_an_id_is_a_text_to_every_store_and_opens_no_file(trick, tmp_path):
    """Whatever is handed in: kept and read back as it was, or refused in words of ours."""
    inside = tmp_path / "inside"
    inside.mkdir()
    features = create_feature_store(inside / "features")
    cases = open_cases(f"sqlite:{inside / 'cases.sqlite'}")
    journal = open_journal(f"sqlite:{inside / 'journal.sqlite'}")
    findings = open_findings(f"sqlite:{inside / 'findings.sqlite'}")
    evidence = open_evidence(f"file:{inside / 'evidence'}")
    outside = set(tmp_path.iterdir())
    frame = rows(_1=trick.replace("\0", "")).assign(id=trick.replace("\0", ""))
    features.write("a", frame, a_note(0))
    assert list(features.read("a")["id"]) == [trick.replace("\0", "")]
    assert len(features.rows("a", [trick])) == ("\0" not in trick)
    for act in (
        lambda: features.write(trick, rows(_1="x"), a_note(0)),
        lambda: features.read(trick),
        lambda: features.state("a", trick),
        lambda: features.take_back(trick, a_note(0)),
        lambda: evidence.read(trick),
        lambda: findings.run(trick),
        lambda: cases.get(trick),
    ):
        with pytest.raises((GeodataError, KeyError, ValueError)):
            act()
    lead = a_case(event("lead_registered", "2026-01-05", note=trick), id=trick,
                  hazards=(HazardRef("a", trick),))  # fmt: skip
    try:
        cases.add(lead)
    except (GeodataError, ValueError):
        assert "\0" in trick
    else:
        assert cases.get(trick) == lead
    try:
        (kept,) = journal.append([Draft(trick, "k", trick, RECORDED, {"x": trick})])
        assert journal.entries(subject=trick)[0].told == {"x": trick}
        assert kept.subject == trick
    except (GeodataError, ValueError):
        assert "\0" in trick
    try:
        evidence.put(b"x", EvidenceFacts(trick, trick, RECORDED, case=trick))
    except (GeodataError, ValueError):
        pass
    else:
        assert evidence.items()[0].facts.original_filename == trick
    assert set(tmp_path.iterdir()) == outside
    assert len(open_cases(f"sqlite:{inside / 'cases.sqlite'}").find()) == ("\0" not in trick)


# --------------------------------------------------------------------------- passes


def test_a_pass_that_was_changed_lent_or_kept_opens_nothing():
    now = time.time()
    good = write_pass(TilePass(frozenset({"LZ-XG"})), now)
    assert read_pass(good, now).offices == frozenset({"LZ-XG"})
    payload, _, sign = good.rpartition(".")
    wider = write_pass(TilePass(), now).rpartition(".")[0]
    forged = [f"{wider}.{sign}", f"{payload}.{sign[::-1]}", payload, f".{sign}", good + "A",
              "W10." + sign, "null", "[]", "..", "%00", "é", "A" * 100_000]  # fmt: skip
    for text in forged:
        with pytest.raises(PassRefused, match="pass_foreign"):
            read_pass(text, now)
    for at in (now + LIFE_S + STEP_S + 1, now + 10**9):
        with pytest.raises(PassRefused, match="pass_expired"):
            read_pass(good, at)
    with pytest.raises(PassRefused, match="pass_foreign"):
        check_picture_pass(good, "a/large", now)


def test_a_pass_of_a_clock_that_was_ahead_does_not_hold_until_then():
    now = time.time()
    ahead = now + 400 * 86400
    with pytest.raises(PassRefused, match="pass_expired"):
        read_pass(write_pass(TilePass(), ahead), now)
    with pytest.raises(PassRefused, match="pass_expired"):
        check_picture_pass(write_picture_pass("a/large", ahead), "a/large", now)
    for later in (0, 1, STEP_S - 1, STEP_S, LIFE_S):
        read_pass(write_pass(TilePass(), now), now + later)
        read_pass(write_pass(TilePass(), now + 60), now)  # a minute off is nobody's attack


# ------------------------------------------------------------------- what is handed in

LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {new} "{f"&{old};" * 20}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip
OUTSIDE = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
DECLARED = b'<?xml version="1.0"?>'


def a_workbook(declares, part):
    """Return a workbook of which one part declares entities and uses them."""
    book = openpyxl.Workbook()
    book.active.append(["编号", "名称"])
    book.active.append(["1", "MARK"])
    plain, spoiled = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(spoiled, "w") as new:
        for one in old.namelist():
            content = old.read(one)
            if one == part:
                content = re.sub(rb"^<\?xml[^>]*>", b"", content)
                content = DECLARED + declares.encode() + content.replace(b"MARK", b"&i;")
            new.writestr(one, content)
    return spoiled.getvalue()


@pytest.mark.parametrize("declares", [LAUGHS, OUTSIDE])
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"])
def test_entities_in_a_workbook_neither_explode_nor_read_files(tmp_path, declares, part):
    file = tmp_path / "list.xlsx"
    file.write_bytes(a_workbook(declares, part))
    begun = time.monotonic()
    try:
        told = read_table(file).frame.to_string()
    except UnreadableFile:
        told = ""
    try:
        read_form(file.read_bytes())
    except BrokenForm as refused:
        told += str(refused.facts)
    assert len(told) < 10_000
    assert "root:" not in told
    assert time.monotonic() - begun < 10


def test_a_form_that_explodes_is_refused_before_it_is_unpacked():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", bytes(120_000_000))
    begun = time.monotonic()
    with pytest.raises(BrokenForm, match="no_workbook"):
        read_form(packed.getvalue())
    assert time.monotonic() - begun < 1


def test_a_picture_of_a_few_kilobytes_that_is_millions_of_points_is_not_drawn():
    small = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(small, "PNG")
    assert len(small.getvalue()) < 200_000
    with pytest.raises(GeodataError):
        shrunk(io.BytesIO(small.getvalue()), 200)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_markup_in_names_is_words_in_what_navigation_shows(language):
    """Programs that show KML take its descriptions for HTML and would fetch the picture."""
    markup = '<img src="http://192.0.2.1/x"><script>x</script>'
    stop = feature("charging_stations:1", markup, shapely.Point(103.6, 36.09), township=markup)
    visits = shortlist(stop, language=language)
    places = ET.fromstring(render_kml(visits))  # noqa: S314 - written here
    told = [one.text for one in places.iter(f"{{{KML}}}description")]
    assert any("&lt;img" in one for one in told)
    assert not any("<img" in one or "<script" in one for one in told)
    ET.fromstring(render_gpx(visits))  # noqa: S314 - the same
    assert b"<script" not in render_gpx(visits)


# --------------------------------------------------------------------------- routes

PIECES = ["tiles", "shown", "base", "evidence", "browser", "healthz", "made", "thumb.jpg", "0", "1",
          "9", "403", "-1", "1e9", "9" * 400, "occupied_farmland", "lanzhou", "..", "%2e%2e", "%00",
          "%ff", "a.mvt", "0.mvt", "0.json", "x.json", "leaflet.js", "leaflet", "兰州", " ", "'",
          "<script>", "{z}", "*", "~", "con", "\\", ";", "a" * 3000]  # fmt: skip
NAMES = ["pass", "lang", "offices", "layers", "q", "day", "known", "within", "from", "to", "x", ""]


def addresses(count, seed):
    chance = random.Random(seed)  # noqa: S311 - draws addresses
    for _ in range(count):
        path = "/".join(chance.choice(PIECES) for _ in range(chance.randrange(1, 7)))
        asked = [(chance.choice(NAMES), chance.choice([*PIECES, *TRICKS, write_pass(TilePass(),
                  time.time())])) for _ in range(chance.randrange(4))]  # fmt: skip
        query = "&".join(f"{name}={quote(value.replace(chr(0), ''))}" for name, value in asked)
        yield f"/{quote(path, safe='/%')}", query


def ask(app, method, path, query):
    """Return status, headers and content of an answer, asked without a port between."""
    told = {"content": b""}
    asked = {"type": "http", "method": method, "path": unquote(path, errors="replace"),
             "raw_path": path.encode(), "query_string": query.encode(), "headers": [],
             "scheme": "http", "server": ("127.0.0.1", 80), "root_path": "",
             "http_version": "1.1"}  # fmt: skip

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            told["status"] = message["status"]
            told["headers"] = {k.decode().lower(): v.decode() for k, v in message["headers"]}
        else:
            told["content"] += message.get("body", b"")

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, app(asked, receive, send)).result()
    return told


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app's routes behind its middleware, on an installation with one feature."""
    import streamlit as st
    from starlette.applications import Starlette
    from starlette.middleware import Middleware

    from dashboard.doors.content_security import ContentSecurity
    from dashboard.routes.table import UnderBasePath, routes

    folder = tmp_path_factory.mktemp("office") / "data"
    create_feature_store(folder / "features").write(
        "charging_stations", rows(_1="秘密站"), a_note()
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIM_DATA_FOLDER", str(folder))
        st.cache_resource.clear()
        yield Starlette(
            routes=routes(), middleware=[Middleware(ContentSecurity), Middleware(UnderBasePath)]
        )
        st.cache_resource.clear()


def check_answers(app, count, seed):
    statuses = set()
    for path, query in addresses(count, seed):
        for method in ("GET", "POST") if count < 1000 else ("GET", "HEAD", "POST", "PUT", "DELETE"):
            told = ask(app, method, path, query)
            statuses.add(told["status"])
            where = f"{method} {path}?{query}"
            assert told["status"] < 500, where
            assert b"Traceback" not in told["content"], where
            assert "秘密站".encode() not in told["content"], where
            assert str(ROOT).encode() not in told["content"], where
            assert told["headers"]["x-content-type-options"] == "nosniff", where
            assert "content-security-policy" in told["headers"], where
            assert urlsplit(told["headers"].get("location", "")).netloc in {"", "127.0.0.1"}, where
            if told["status"] in {403, 410}:
                assert list(json.loads(told["content"])) == ["reason"], where
    return statuses


def test_whatever_is_asked_of_the_routes_is_answered_in_order_and_tells_nothing(app):
    assert {403, 404, 405} <= check_answers(app, 150, 1)


@pytest.mark.thorough
def test_ten_thousand_addresses_are_answered_in_order(app):
    check_answers(app, 10_000, 20261129)


# ------------------------------------------------------------------------- secrets


COMMANDS = """
import sys
from geodata.__main__ import main
for command in ("doctor", "doctor --json", "settings", "backup b.zip", "copy here " + sys.argv[1],
                "revisions", "restore b.zip"):
    sys.stderr.write(f"{command.split()[0]} {main(command.split())}\\n")
"""


def test_a_password_in_an_address_is_in_no_message_and_no_log(tmp_path):
    """A database that is not there, named with a password: no command tells it."""
    asked = "postgresql://pim:hidden-7@127.0.0.1:1/map?password=hidden-8"
    known = {one: told for one, told in os.environ.items() if not one.startswith("PIM_")}
    mine = {"PIM_CASES_URL": asked, "PIM_FEATURES_URL": asked, "PIM_SECRET": "hidden-9",
            "PYTHONPATH": str(ROOT)}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, asked],
        cwd=tmp_path, check=False, capture_output=True, text=True, env=known | mine,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "revisions 2" in said
    assert "hidden" not in said
    assert "Traceback" not in said
