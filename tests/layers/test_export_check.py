"""Nothing planted in a file gets out, in any format; what is clean raises no alarm."""

import hashlib
import zipfile
from datetime import UTC, datetime
from io import BytesIO

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.textpath import TextPath
from openpyxl import Workbook
from pptx import Presentation
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from geodata import open_city
from geodata.errors import ExportHeld
from layers.disclosure import (
    Context,
    check_export,
    context_for,
    entity,
    leak_kinds,
    make_aliases,
    release,
)
from layers.disclosure.reading.pieces import MOST_DEPTH
from layers.drawing.fonts import find_lettering
from tests.layers import planted
from tests.layers.planted import WAYS, a_slide, html, saved, zip_of

CITY = open_city()
COMPANY, PERSON = "兰州宏达化工有限公司", "欧阳明月"
ALIASES = make_aliases(filter(None, (entity("company", COMPANY, CITY), entity("person", PERSON))))
OUTSIDE = context_for("outside", CITY, ALIASES)
SECRETS = {
    "name": COMPANY,
    "person": PERSON,
    "resident_id": "11010519491231002X",
    "phone": "139 3100 0000",
    "plate": "甘A·12345",
    "bank_card": "6222021234567894",
    "email": "wang@example.com",
    "position": "经度103.638631，纬度36.081457",
}
UNPLACED = {planted.png, planted.jpeg, planted.jpeg_text, planted.pdf_author}
"""Ways in which numbers are told as metadata, where a position is no matter of its own."""


def kinds(content, name, context=OUTSIDE):
    return {leak.kind for leak in check_export(content, name, context)}


def named(way):
    return way.__name__ if callable(way) else way


@pytest.mark.parametrize(("ending", "way"), WAYS, ids=named)
def test_every_planted_secret_is_caught_wherever_it_stands_and_not_told(ending, way):
    leaks = check_export(way(planted.BETWEEN.join(SECRETS.values())), f"a.{ending}", OUTSIDE)
    stopped = {leak.kind for leak in leaks if leak.severity == "stops" and leak.where}
    missed = set(SECRETS) - stopped
    assert missed == ({"position"} if way in UNPLACED else set())
    for leak in leaks:
        for secret in SECRETS.values():
            assert secret not in f"{leak.what}{leak.where}"


@pytest.mark.parametrize(("ending", "way"), WAYS, ids=named)
def test_the_same_file_without_a_secret_names_none(ending, way):
    found = kinds(way("城关区某处"), f"a.{ending}")
    assert not found & {*SECRETS, "unreadable", "unknown_format", "too_large"}


HIDDEN = (
    ("notes", "pptx", lambda: planted.pptx_notes("备注")),
    ("hidden_slide", "pptx", lambda: planted.pptx_hidden("页")),
    ("hidden_text", "pptx", lambda: planted.pptx_beside("页外")),
    ("embedded", "pptx", lambda: planted.pptx_chart("甲")),
    ("comment", "docx", lambda: planted.docx_comment("批注")),
    ("hidden_text", "docx", lambda: planted.docx_vanished("隐藏")),
    ("tracked_change", "docx", lambda: planted.docx_deleted("删去")),
    ("hidden_sheet", "xlsx", lambda: planted.xlsx_hidden("底稿")),
    ("comment", "xlsx", lambda: planted.xlsx_comment("批注")),
    ("embedded", "pdf", lambda: planted.pdf_attachment("附件")),
    ("author", "pdf", lambda: planted.pdf_author("某某")),
    ("comment", "html", lambda: planted.html_comment("批注")),
    ("exif", "jpg", lambda: planted.jpeg("甲", has_gps=True)),
    ("metadata", "png", lambda: planted.png("甲")),
    ("embedded", "png", lambda: planted.png() + b"PK tail"),
    ("embedded", "jpg", lambda: planted.jpeg() + b"tail"),
)


@pytest.mark.parametrize(("kind", "ending", "make"), HIDDEN)
def test_what_is_hidden_is_named_by_its_kind(kind, ending, make):
    assert kind in kinds(make(), f"a.{ending}")


def a_hidden_row():
    book = Workbook()
    book.active.append(["甲"])
    book.active.append(["乙"])
    book.active.row_dimensions[2].hidden = True
    book.active.column_dimensions["C"].hidden = True
    return saved(book)


def test_hidden_rows_and_columns_are_named_by_their_place():
    leaks = [one for one in check_export(a_hidden_row(), "a.xlsx", OUTSIDE)
             if one.kind == "hidden_cells"]  # fmt: skip
    assert {one.where[-1] for one in leaks} == {("row", "2"), ("column", "C")}


def signed(make):
    paper = make()
    facts = getattr(paper, "core_properties", None) or paper.properties
    for name in ("author", "creator", "last_modified_by", "lastModifiedBy"):
        if hasattr(facts, name):
            setattr(facts, name, "李四")
    return saved(paper)


@pytest.mark.parametrize(
    ("ending", "make"), [("pptx", Presentation), ("docx", docx.Document), ("xlsx", Workbook)]
)
def test_the_author_in_the_properties_of_a_file_is_named(ending, make):
    assert "author" in kinds(signed(make), f"a.{ending}")
    assert "author" in kinds(signed(make), f"a.{ending}", Context("internal"))


def test_a_leak_says_on_which_slide_or_cell_it_stands():
    deck, _ = a_slide()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.notes_slide.notes_text_frame.text = COMPANY
    leaks = check_export(saved(deck), "a.pptx", OUTSIDE)
    assert (("slide", "2"), ("notes", "")) in [one.where for one in leaks if one.kind == "name"]
    leaks = check_export(planted.xlsx_cell(COMPANY), "a.xlsx", OUTSIDE)
    (place,) = [one.where for one in leaks if one.kind == "name"]
    assert place == (("sheet", "Sheet"), ("row", "2"), ("column", "B"))
    leaks = check_export(planted.csv_cell(COMPANY), "a.csv", OUTSIDE)
    assert [one.where for one in leaks] == [(("row", "2"), ("column", "B"))]


def test_a_number_that_a_calendar_breaks_over_two_lines_is_put_together():
    broken = b"BEGIN:VCALENDAR\r\nSUMMARY:1101051949\r\n 1231002X\r\nEND:VCALENDAR\r\n"
    assert "resident_id" in kinds(broken, "a.ics")


def test_the_name_of_the_file_is_read_as_well():
    leaks = check_export(planted.png(), f"{COMPANY}.png", OUTSIDE)
    assert ("name", (("file_name", ""),)) in [(one.kind, one.where) for one in leaks]


def test_the_names_of_sheets_and_of_files_in_an_archive_are_read():
    book = Workbook()
    book.active.title = SECRETS["resident_id"]
    book.create_sheet(COMPANY)
    assert {"resident_id", "name"} <= kinds(saved(book), "a.xlsx")
    packed = zip_of(f"{SECRETS['resident_id']}.txt", b"139 3100 0000")
    assert {"resident_id", "phone"} <= kinds(packed, "a.zip")
    told = str(
        [*check_export(packed, "a.zip", OUTSIDE), *check_export(saved(book), "a.xlsx", OUTSIDE)]
    )
    assert COMPANY not in told
    assert SECRETS["resident_id"] not in told


@pytest.mark.parametrize("at", ["before", "after"])
def test_what_stands_around_the_parts_of_an_archive_is_named(at):
    content, more = planted.docx_runs("正文"), b"hidden here " * 9
    whole = more + content if at == "before" else content + more
    assert kinds(whole, "a.docx", Context("internal")) & {"embedded", "unknown_format"}


# ------------------------------------------------------------------ from elsewhere


def linked_pptx():
    deck, slide = a_slide()
    frame = slide.shapes.add_textbox(0, 0, 99999, 99999).text_frame
    run = frame.paragraphs[0].add_run()
    run.text = "网页"
    run.hyperlink.address = "https://evil.example.org/x"
    return saved(deck)


def template_docx():
    paper = docx.Document()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
    settings = paper.part.part_related_by(RELATIONSHIP_TYPE.SETTINGS)
    settings.relate_to("https://evil.example.org/t.dotm", kind, is_external=True)
    return saved(paper)


def picture_pptx():
    deck, slide = a_slide()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    slide.part.relate_to("file:///C:/Users/wang/a.png", kind, is_external=True)
    return saved(deck)


def formula_xlsx():
    book = Workbook()
    book.active["A1"] = '=WEBSERVICE("https://evil.example.org/")'
    return saved(book)


ELSEWHERE = (
    ("link", "pptx", linked_pptx),
    ("loads", "docx", template_docx),
    ("loads", "pptx", picture_pptx),
    ("loads", "xlsx", formula_xlsx),
    ("loads", "html", lambda: html('<img src="//cdn.example.org/a.png">')),
    ("loads", "html", lambda: html("<style>@import 'https://cdn.example.org/a.css';</style>")),
    ("loads", "html", lambda: html('<p style="background:url(http://x.example.org/a)">')),
    ("loads", "html", lambda: html("", '<meta http-equiv=refresh content="0;url=http://x.org">')),
    ("loads", "html", lambda: html('<svg><image href="https://x.example.org/a"/></svg>')),
    ("link", "html", lambda: html("<script>fetch('https://x.example.org/a')</script>")),
    ("link", "html", lambda: html('<a href="https://x.example.org/a">x</a>')),
    ("loads", "kml", lambda: b"<kml><NetworkLink><Link><href>http://x.org/a.kml</href></Link>"
                             b"</NetworkLink></kml>"),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "ending", "make"), ELSEWHERE)
@pytest.mark.parametrize("audience", ["internal", "outside"])
def test_what_lies_elsewhere_is_named_for_everybody(kind, ending, make, audience):
    assert kind in kinds(make(), f"a.{ending}", Context(audience))


# ---------------------------------------------------------------------- fails closed


def cut(content):
    return content[: len(content) * 2 // 3]


def bomb():
    return zip_of("0.txt", b"0" * (60 << 20))


def nested():
    content = b"text"
    for level in range(MOST_DEPTH + 3):
        content = zip_of(f"{level}.zip", content)
    return content


def an_open_document():
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<a/>")
    return file.getvalue()


BROKEN = (
    ("a.pptx", lambda: cut(planted.pptx_runs("甲"))),
    ("a.docx", lambda: cut(planted.docx_runs("甲"))),
    ("a.xlsx", lambda: cut(planted.xlsx_cell("甲"))),
    ("a.pdf", lambda: cut(planted.pdf_page())),
    ("a.png", lambda: cut(planted.png())),
    ("a.jpg", lambda: cut(planted.jpeg("甲"))),
    ("a.geojson", lambda: cut(planted.geojson_property("甲"))),
    ("a.kml", lambda: cut(planted.kml_description("甲"))),
    ("a.zip", lambda: cut(zip_of("a", b"abc" * 900))),
    ("a.bin", lambda: bytes(range(256)) * 9),
    ("a.txt", lambda: b""),
    ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    ("a.ods", an_open_document),
    ("a.mht", lambda: b"MIME-Version: 1.0\nContent-Type: text/html\n\n=E5=AE=8F"),
    ("a.rtf", lambda: b"{\\rtf1 x}"),
    ("a.zip", bomb),
    ("a.zip", nested),
    ("a.kml", lambda: b'<!DOCTYPE k [<!ENTITY n "x">]><kml><name>&n;</name></kml>'),
    ("a.pptx", lambda: broken_part(planted.pptx_runs("甲"), "ppt/slides/slide1.xml")),
)
CLOSED = {"unreadable", "unknown_format", "encrypted", "too_large"}


def broken_part(content, name):
    file = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.namelist():
            new.writestr(part, b"<broken" if part == name else old.read(part))
    return file.getvalue()


@pytest.mark.parametrize(("name", "make"), BROKEN)
@pytest.mark.parametrize("audience", ["internal", "outside"])
def test_what_cannot_be_read_stops_the_file(name, make, audience):
    leaks = check_export(make(), name, Context(audience))
    assert CLOSED & {leak.kind for leak in leaks if leak.severity == "stops"}


STARTS = (b"", b"PK\x03\x04", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"<html>",
          b"{", b"<kml>")  # fmt: skip


@given(content=st.binary(max_size=300), start=st.sampled_from(STARTS))
def test_no_bytes_make_the_check_fail(content, start):
    for leak in check_export(start + content, "a", OUTSIDE):
        assert leak.kind in leak_kinds()


def test_a_page_whose_letters_are_drawn_asks_to_be_looked_at():
    figure = Figure(figsize=(4, 2))
    FigureCanvasPdf(figure)
    path = TextPath((0, 0), COMPANY, size=20, prop=find_lettering().regular)
    figure.add_artist(PathPatch(path))
    file = BytesIO()
    figure.savefig(file, format="pdf")
    assert kinds(file.getvalue(), "a.pdf") >= {"picture_unseen"}
    assert "picture_unseen" not in kinds(planted.pdf_page(), "a.pdf")


def test_an_encrypted_pdf_stops():
    content = planted.pdf_changed(lambda pdf: pdf.encrypt("x"))
    assert "encrypted" in kinds(content, "a.pdf", Context("internal"))


def test_a_script_in_a_pdf_stops():
    action = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert(1)")}
    opening = DictionaryObject({NameObject(key): value for key, value in action.items()})
    content = planted.pdf_changed(
        lambda pdf: pdf.root_object.update({NameObject("/OpenAction"): opening})
    )
    assert "program" in kinds(content, "a.pdf", Context("internal"))


def test_a_text_in_a_pdf_that_is_written_and_not_seen_is_named():
    def hide(pdf):
        page = pdf.pages[0]
        data = page.get_contents().get_data()
        stream = page["/Contents"].get_object()
        stream.set_data(data.replace(b"BT", b"BT 3 Tr"))
        page[NameObject("/Contents")] = page.raw_get("/Contents")

    assert "hidden_text" in kinds(planted.pdf_changed(hide), "a.pdf")


# --------------------------------------------------------------- marks, layers, counts


def test_a_map_needs_its_approval_number_and_a_file_its_date_and_mark():
    bare = html("<svg></svg><p>地图</p>")
    assert {"approval_missing", "date_missing", "mark_missing"} <= kinds(
        bare, "a.html", Context("internal")
    )
    whole = html("<svg></svg><p>内部使用 数据日期：2025-12-17 审图号：GS（2024）0650号</p>")
    assert kinds(whole, "a.html", Context("internal")) == set()
    assert kinds(whole, "a.html", Context("outside")) == {"mark_internal"}


def test_invented_data_must_say_so():
    page = html("<p>内部使用 数据日期：2025-12-17</p>")
    invented = Context("internal", is_demonstration=True)
    assert kinds(page, "a.html", invented) == {"invented_unmarked"}
    marked = html("<p>内部使用 演示数据 · 均为虚构 数据日期：2025-12-17</p>")
    assert kinds(marked, "a.html", invented) == set()


def test_columns_of_persons_small_counts_and_sensitive_layers_are_named():
    context = Context("outside", sensitive=frozenset({"allowance_roster"}))
    table = "姓名,人数,图层\r\n某某,2,allowance_roster\r\n某某,12,allowance\r\n".encode()
    leaks = check_export(table, "a.csv", context)
    assert {one.kind for one in leaks} == {"person_column", "small_count", "sensitive_layer"}
    assert [one.where for one in leaks if one.kind == "small_count"] == [
        (("row", "2"), ("column", "B"))
    ]


def test_a_picture_that_a_person_has_looked_at_is_not_asked_for_again():
    picture = planted.png()
    assert kinds(picture, "a.png") == {"picture_unseen"}
    seen = frozenset({hashlib.sha256(picture).hexdigest()})
    assert check_export(picture, "a.png", context_for("outside", CITY, seen_pictures=seen)) == ()


FORMS = (
    "103.638631 36.081457", "36.081457N, 103.638631E", '{"lon": 103.638631, "lat": 36.081457}',
    "POINT (103.638631 36.081457)", "东经103度38分12.5秒 北纬36度4分53秒", "103°38′12″E 36°04′53″N",
    "X=3994521.33 Y=35512345.20", "11536789 4318000", "position=103.638631,36.081457",
    "１０３．６３８６３１，３６．０８１４５７", "103638631,36081457", "纬度 36.08145",
)  # fmt: skip


@pytest.mark.parametrize("written", FORMS)
def test_a_position_is_caught_in_whatever_form_it_is_written(written):
    assert "position" in kinds(f"位置 {written} 处".encode(), "a.txt")


@pytest.mark.parametrize(
    "written",
    ["103.64, 36.08", "面积 12.5 亩、36.25 亩", "2025-07-16 09:30:15", "罚款3980000元、512345元",
     "第 103 条、第 36 条", "COD 210 mg/L", "版本 1.36.1"],
)  # fmt: skip
def test_numbers_that_are_no_exact_position_are_left_alone(written):
    assert "position" not in kinds(f"内容 {written} 处".encode(), "a.txt")


def test_a_file_with_leaks_leaves_only_with_a_reason_that_is_recorded():
    leaks = check_export(planted.csv_cell(COMPANY), "a.csv", OUTSIDE)
    facts = {"who": "甲", "at": datetime(2025, 12, 17, tzinfo=UTC)}
    with pytest.raises(ExportHeld) as held:
        release("0" * 64, "a.csv", "outside", leaks, **facts, reason="  ")
    assert held.value.facts == {"name": "a.csv", "stops": 1, "asks": 0}
    told = release("0" * 64, "a.csv", "outside", leaks, **facts, reason="法院要求原名").facts()
    assert told["reason"] == "法院要求原名"
    assert COMPANY not in str(told)
    assert release("0" * 64, "b.csv", "outside", (), **facts).leaks == ()
