"""Where travel times come from: straight lines, route servers that answer or do not, files."""

import csv
import json
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Event, Thread

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geodata.errors import BadSetting, BrokenMatrix, TravelUnavailable, UnreadableFile
from geodata.settings import read_settings
from layers.travel import (
    CellProblem,
    MatrixFile,
    OsrmServer,
    Spot,
    StraightLines,
    ValhallaServer,
    matrix_from_bytes,
    open_source,
)

SPOTS = (Spot("office", (103.8, 36.06)), Spot("wells:1", (103.9, 36.1)), Spot("wells:2", (104, 36)))
TABLE = [[0, 600.2, None], [610, 0, 300], [900, 320, 0]]


@contextmanager
def serving(answer):
    """A route server of the intranet: `answer` takes method, path and body, gives status, bytes."""

    class Route(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((self.command, self.path, body))
            status, content, *headers = answer(self.path)
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_):
            pass

    asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Route)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def told(status, answer):
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return lambda _path: (status, content)


def test_straight_lines_are_longer_by_a_detour_and_marked_as_an_estimate():
    ways = StraightLines(detour=1.5, speed_kmh=36)(SPOTS)
    straight_m = Geod(ellps="GRS80").inv(*SPOTS[0].place, *SPOTS[1].place)[2]
    assert ways.metres[0, 1] == pytest.approx(1.5 * straight_m)
    assert ways.seconds[0, 1] == np.ceil(1.5 * straight_m / 10)
    assert ways.is_estimate
    assert StraightLines()(()).seconds.shape == (0, 0)


@pytest.mark.parametrize("wrong", [{"detour": 0.9}, {"speed_kmh": 0}, {"speed_kmh": float("nan")}])
def test_a_detour_or_a_speed_that_means_nothing_is_refused(wrong):
    with pytest.raises(BadSetting):
        StraightLines(**wrong)


def test_osrm_is_asked_for_a_table_and_a_way_that_there_is_not_stays_none():
    answer = {"code": "Ok", "durations": TABLE, "distances": [[0, 5, None], [5, 0, 3], [9, 3, 0]]}
    with serving(told(200, answer)) as (address, asked):
        ways = OsrmServer(address)(SPOTS)
    assert asked[0][1] == (
        "/table/v1/driving/103.800000,36.060000;103.900000,36.100000;104.000000,36.000000"
        "?annotations=duration,distance"
    )
    assert ways.seconds[0, 1] == 601  # never less than was told
    assert np.isnan(ways.seconds[0, 2])
    assert ways.metres[2, 0] == 9
    assert (ways.is_estimate, ways.source) == (False, "osrm")


def test_an_old_osrm_that_tells_no_metres_is_taken_as_it_is():
    with serving(told(200, {"code": "Ok", "durations": TABLE})) as (address, _):
        assert OsrmServer(address)(SPOTS).metres is None


@pytest.mark.parametrize("is_long", [True, False])
def test_valhalla_is_asked_for_sources_to_targets_in_either_form(is_long):
    short = {"durations": TABLE, "distances": TABLE}
    long = [[{"time": cell, "distance": cell} for cell in row] for row in TABLE]
    with serving(told(200, {"sources_to_targets": long if is_long else short})) as (address, asked):
        ways = ValhallaServer(address)(SPOTS)
    method, path, body = asked[0]
    assert (method, path) == ("POST", "/sources_to_targets")
    assert json.loads(body)["sources"][0] == {"lat": 36.06, "lon": 103.8}
    assert ways.seconds[1, 2] == 300
    assert ways.metres[1, 2] == 300_000  # kilometres were told
    assert np.isnan(ways.seconds[0, 2])


@pytest.mark.parametrize("server", [OsrmServer, ValhallaServer])
@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (400, {"code": "TooBig"}, "refused"),
        (500, b"", "refused"),
        (200, b"<html>", "not_understood"),
        (200, [1], "not_understood"),
        (
            200,
            {"code": "Ok", "durations": [[0, 1]], "sources_to_targets": [[{}]]},
            "not_understood",
        ),
        (
            200,
            {
                "code": "Ok",
                "durations": [[0, -1, 1]] * 3,
                "sources_to_targets": {"durations": [[0, -1, 1]] * 3, "distances": TABLE},
            },
            "not_understood",
        ),
    ],
)
def test_a_server_that_answers_otherwise_is_named_with_what_it_did(server, status, answer, reason):
    with serving(told(status, answer)) as (address, _), pytest.raises(TravelUnavailable) as failed:
        server(address)(SPOTS)
    assert failed.value.facts["reason"] == reason
    assert failed.value.facts["address"] == address


def test_a_server_that_refuses_in_its_own_words_is_quoted():
    with (
        serving(told(200, {"code": "NoTable"})) as (address, _),
        pytest.raises(TravelUnavailable) as no,
    ):
        OsrmServer(address)(SPOTS)
    assert (no.value.facts["reason"], no.value.facts["told"]) == ("refused", "NoTable")


def test_a_server_that_is_too_slow_is_not_waited_for():
    done = Event()

    def wait(_path):
        done.wait(5)
        return 200, b"{}"

    with serving(wait) as (address, _):
        with pytest.raises(TravelUnavailable) as late:
            OsrmServer(address, timeout_s=0.1)(SPOTS)
        done.set()
    assert late.value.facts["reason"] == "too_slow"


def test_a_server_that_is_not_there_is_named():
    with serving(told(200, {})) as (address, _):
        pass
    with pytest.raises(TravelUnavailable) as gone:
        OsrmServer(address)(SPOTS)
    assert gone.value.facts["reason"] == "unreachable"


def test_a_server_that_sends_elsewhere_is_not_followed():
    def away(_path):
        return 302, b"", ("Location", "http://127.0.0.1:9/away")

    with serving(away) as (address, asked), pytest.raises(TravelUnavailable) as no:
        OsrmServer(address)(SPOTS)
    assert no.value.facts["reason"] == "refused"
    assert len(asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://router.project-osrm.org",
        "http://8.8.8.8",
        "ftp://10.0.0.1",
        "10.0.0.1:5000",
        "",
        "http://who:word@10.0.0.1",
    ],
)
def test_places_are_never_sent_outside_the_intranet(address):
    with pytest.raises(BadSetting):
        OsrmServer(address)(SPOTS)


def test_the_settings_choose_the_source():
    assert open_source(read_settings({})) == StraightLines()
    chosen = read_settings({"PIM_DETOUR": "1.6", "PIM_SPEED_KMH": "50"})
    assert open_source(chosen) == StraightLines(1.6, 50)
    url = "http://10.0.0.5:5000"
    assert open_source(read_settings({"PIM_ROUTES_URL": f"osrm+{url}"})) == OsrmServer(url)
    assert open_source(read_settings({"PIM_ROUTES_URL": f"valhalla+{url}"})) == ValhallaServer(url)
    file = open_source(read_settings({"PIM_ROUTES_URL": "matrix:ways.csv"}))
    assert file.file.name == "ways.csv"
    for wrong in (url, "google+http://10.0.0.5", "matrix:", "osrm+http://1.1.1.1"):
        with pytest.raises(BadSetting):
            open_source(read_settings({"PIM_ROUTES_URL": wrong}))
    for name, value in (("PIM_DETOUR", "0.5"), ("PIM_SPEED_KMH", "fast")):
        with pytest.raises(BadSetting):
            read_settings({name: value})


# ---------------------------------------------------------------------- files

MINUTES = [
    ["", "office", "wells:1", "wells:2"],
    ["office", 0, 10.5, 20],
    ["wells:1", 11, "", 5],
    ["wells:2", 21, 6, 0],
]


def written(folder, rows, name="ways.csv", encoding="utf-8"):
    file = folder / name
    if name.endswith(".xlsx"):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(file)
    else:
        file.write_text("\n".join(",".join(map(str, row)) for row in rows), encoding=encoding)
    return MatrixFile(file)


def with_cell(row, column, value):
    rows = [list(one) for one in MINUTES]
    rows[row][column] = value
    return rows


@pytest.mark.parametrize("name", ["ways.csv", "ways.xlsx"])
def test_a_file_of_minutes_is_read_by_the_names_of_places(tmp_path, name):
    ways = written(tmp_path, MINUTES, name)((SPOTS[2], SPOTS[0], SPOTS[1], SPOTS[2]))
    assert ways.seconds[1, 2] == 630
    assert ways.seconds[2, 1] == 660
    assert ways.seconds[0, 3] == 0  # the same place twice
    assert (ways.metres, ways.is_estimate, ways.source) == (None, False, "matrix")


def test_a_file_as_excel_writes_it_in_chinese_is_read(tmp_path):
    rows = [["", "检察院", "wells:1"], ["检察院", 0, 3], ["wells:1", 4, 0]]
    ways = written(tmp_path, rows, encoding="gb18030")((Spot("检察院", (0, 0)), SPOTS[1]))
    assert ways.seconds.tolist() == [[0, 180], [240, 0]]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (with_cell(1, 2, ""), CellProblem("missing", "office", "wells:1", "")),
        (with_cell(3, 1, -4), CellProblem("negative", "wells:2", "office", "-4")),
        (with_cell(2, 3, "far"), CellProblem("no_number", "wells:1", "wells:2", "far")),
        (MINUTES[:3], CellProblem("row_missing", column="wells:2")),
        ([row[:3] for row in MINUTES], CellProblem("column_missing", row="wells:2")),
        ([*MINUTES, MINUTES[3]], CellProblem("row_twice", row="wells:2")),
        ([[*row, row[3]] for row in MINUTES], CellProblem("column_twice", column="wells:2")),
        (
            [
                [cell for at, cell in enumerate(row) if at != 2]
                for n, row in enumerate(MINUTES)
                if n != 2
            ],
            CellProblem("place_missing", "wells:1", "wells:1"),
        ),
    ],
)
@pytest.mark.parametrize("name", ["ways.csv", "ways.xlsx"])
def test_what_is_wrong_in_a_file_is_named_by_row_and_column(tmp_path, rows, problem, name):
    with pytest.raises(BrokenMatrix) as broken:
        written(tmp_path, rows, name)(SPOTS)
    assert broken.value.facts["problems"] == (problem,)


def test_everything_wrong_in_a_file_is_named_at_once(tmp_path):
    rows = with_cell(1, 2, -1)
    rows[3][2] = "x"
    with pytest.raises(BrokenMatrix) as broken:
        written(tmp_path, rows)(SPOTS)
    assert broken.value.facts["count"] == 2


def test_a_file_that_is_none_is_refused(tmp_path):
    book, empty = tmp_path / "ways.xlsx", tmp_path / "ways.csv"
    book.write_bytes(b"PK no book")
    empty.write_text("", encoding="utf-8")
    for file in (book, empty, tmp_path / "gone.csv"):
        with pytest.raises(UnreadableFile):
            MatrixFile(file)(SPOTS)


# ------------------------------------------------------------------- files that were handed in


def content_of(folder, rows, name="ways.csv", **how):
    return written(folder, rows, name, **how).file.read_bytes()


@pytest.mark.parametrize("name", ["ways.csv", "ways.xlsx"])
def test_a_table_that_was_handed_in_answers_as_the_file_does(tmp_path, name):
    content = content_of(tmp_path, MINUTES, name)
    table = matrix_from_bytes(name, content)
    assert (table.rows, table.columns) == (("office", "wells:1", "wells:2"),) * 2
    assert table.problems() == ()
    assert np.array_equal(table(SPOTS).seconds, MatrixFile(tmp_path / name)(SPOTS).seconds)
    assert table(()).seconds.shape == (0, 0)


def test_what_a_workbook_is_called_does_not_matter(tmp_path):
    book = content_of(tmp_path, MINUTES, "ways.xlsx")
    assert matrix_from_bytes("ways.csv", book).problems() == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_is_read_in_every_form_in_which_a_spreadsheet_saves_it(encoding, separator):
    rows = [["", "检察院", "水井"], ["检察院", "0", "3"], ["水井", "4.5", "0"]]
    text = "\r\n".join(separator.join(row) for row in rows)
    table = matrix_from_bytes("时间.txt", text.encode(encoding))
    ways = table((Spot("检察院", (0, 0)), Spot("水井", (0, 0))))
    assert ways.seconds.tolist() == [[0, 180], [270, 0]]


def test_everything_wrong_is_named_when_it_is_handed_in_and_what_is_asked_for_when_asked(tmp_path):
    rows = [
        ["", "office", "wells:1", "wells:2", "wells:3"],
        ["office", 0, "", 20, "x"],
        ["wells:1", 11, 0, -5, 3],
        ["wells:2", 21, 6, 0, 1441],
        ["wells:3", "inf", 2, 2, ""],
    ]
    table = matrix_from_bytes("ways.xlsx", content_of(tmp_path, rows, "ways.xlsx"))
    assert table.problems() == (
        CellProblem("missing", "office", "wells:1"),
        CellProblem("no_number", "office", "wells:3", "x"),
        CellProblem("negative", "wells:1", "wells:2", "-5"),
        CellProblem("too_long", "wells:2", "wells:3", "1441"),
        CellProblem("no_number", "wells:3", "office", "inf"),
    )
    assert table.problems(["office", "wells:2"]) == ()
    assert table((SPOTS[0], SPOTS[2])).seconds.tolist() == [[0, 1200], [1260, 0]]
    with pytest.raises(BrokenMatrix) as broken:
        table(SPOTS)
    assert broken.value.facts["count"] == 2


def test_cells_are_named_even_where_rows_and_columns_do_not_fit(tmp_path):
    rows = [*with_cell(1, 2, "far"), ["wells:9", 1, -2, 3]]
    problems = matrix_from_bytes("ways.csv", content_of(tmp_path, rows)).problems()
    assert problems == (
        CellProblem("column_missing", row="wells:9"),
        CellProblem("no_number", "office", "wells:1", "far"),
        CellProblem("negative", "wells:9", "wells:1", "-2"),
    )


def test_titles_blank_rows_and_columns_are_passed_over_and_what_has_no_name_is_told():
    book = openpyxl.Workbook()
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("时间")
    sheet["C2"] = "行车时间（分钟）"
    for at, row in enumerate([["", "a", "", "b", ""], ["a", 0, "", 2, ""], ["b", 3, "", 0, ""]], 4):
        for column, cell in enumerate(row, 3):
            sheet.cell(at, column, cell or None if cell != 0 else 0)
    clean = saved(book)
    assert matrix_from_bytes("t.xlsx", clean).rows == ("a", "b")
    assert matrix_from_bytes("t.xlsx", clean).problems() == ()
    sheet["E6"], sheet["D8"] = 7, 9
    assert matrix_from_bytes("t.xlsx", saved(book)).problems() == (
        CellProblem("row_unnamed", row="8"),
        CellProblem("column_unnamed", column="E"),
    )


def saved(book):
    content = BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n,,\n", "empty_matrix"),
        (b"only,a,heading\n", "empty_matrix"),
        (b"PK\x03\x04 no book", "broken"),
        (b"\xd0\xcf\x11\xe0 no old book either", "broken"),
        (b"\x81\xff\xff\x00,1\n2,3", "encoding_unknown"),
        (b'a,"' + b"x" * 200_000, "broken"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(content, reason):
    others = csv.field_size_limit(131_072)  # that of the whole process, whoever changed it
    try:
        with pytest.raises(UnreadableFile) as refused:
            matrix_from_bytes("ways.csv", content)
    finally:
        csv.field_size_limit(others)
    assert (refused.value.facts["reason"], refused.value.facts["file"]) == (reason, "ways.csv")


def test_a_table_beyond_reason_is_refused_before_it_is_read(tmp_path):
    with pytest.raises(UnreadableFile, match="too_large"):
        matrix_from_bytes("ways.csv", b"1,2\n" * 10, most_bytes=20)
    book = tmp_path / "ways.xlsx"
    book.write_bytes(content_of(tmp_path, MINUTES, "ways.xlsx"))
    with zipfile.ZipFile(book, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros", bytes(100_000_000))
    with pytest.raises(UnreadableFile, match="unpacks_too_large"):
        matrix_from_bytes("ways.xlsx", book.read_bytes())


@given(st.data())
def test_a_damaged_file_is_refused_or_read_and_never_anything_else(data):
    name = data.draw(st.sampled_from(["ways.csv", "ways.xlsx", "ways"]))
    content = bytearray(data.draw(st.sampled_from(WHOLE)))
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        table = matrix_from_bytes(name, content)
    except UnreadableFile:
        return
    problems = table.problems()
    if not problems:
        assert table([Spot(ref, (0, 0)) for ref in table.rows]).seconds.min() >= 0


def test_no_few_bytes_that_are_wrong_in_a_workbook_bring_anything_but_a_refusal():
    draw, refused = np.random.default_rng(3), 0
    for _ in range(3000):
        content = bytearray(WHOLE[0])
        for _ in range(draw.integers(1, 7)):
            content[draw.integers(len(content))] = draw.integers(256)
        try:
            matrix_from_bytes("ways.xlsx", bytes(content)).problems()
        except UnreadableFile:
            refused += 1
    assert 0 < refused < 3000


def _whole():
    book = openpyxl.Workbook()
    for row in MINUTES:
        book.active.append(row)
    text = "\n".join(",".join(map(str, row)) for row in MINUTES)
    return saved(book), text.encode(), text.replace("office", "检察院").encode("gb18030")


WHOLE = _whole()
