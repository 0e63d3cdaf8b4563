"""Files in every format that leaves the house, each with a text put where one may overlook it."""

import base64
import gzip
import json
import zipfile
from io import BytesIO
from urllib.parse import quote

import docx
import gpxpy.gpx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from pypdf import PdfReader, PdfWriter

from layers.drawing.fonts import find_lettering

SIZE = (90, 60)
BETWEEN = "；"
"""What stands between the secrets in a text."""


def saved(book):
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def halves(text):
    """Return the runs of a text, each secret in it broken in two."""
    for part in text.split(BETWEEN):
        yield part[: len(part) // 2]
        yield part[len(part) // 2 :] + BETWEEN


# ---------------------------------------------------------------------------- slides


def a_slide():
    deck = Presentation()
    return deck, deck.slides.add_slide(deck.slide_layouts[6])


def a_box(slide, *runs, left=1.0):
    frame = slide.shapes.add_textbox(Inches(left), Inches(1), Inches(5), Inches(1)).text_frame
    for run in runs:
        frame.paragraphs[0].add_run().text = run


def pptx_runs(text):
    deck, slide = a_slide()
    a_box(slide, "前言", *halves(text), "后语")
    return saved(deck)


def pptx_table(text):
    deck, slide = a_slide()
    shape = slide.shapes.add_table(1, 1, Inches(1), Inches(1), Inches(3), Inches(1))
    shape.table.cell(0, 0).text = text
    return saved(deck)


def pptx_notes(text):
    deck, slide = a_slide()
    slide.notes_slide.notes_text_frame.text = text
    return saved(deck)


def pptx_alt_text(text):
    deck, slide = a_slide()
    picture = slide.shapes.add_picture(BytesIO(png()), Inches(1), Inches(1))
    picture._element.nvPicPr.cNvPr.set("descr", text)
    return saved(deck)


def pptx_chart(text):
    deck, slide = a_slide()
    data = CategoryChartData()
    data.categories = [text, "其他"]
    data.add_series("处", (3, 4))
    place = (Inches(1), Inches(1), Inches(4), Inches(3))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data)
    return saved(deck)


def pptx_beside(text):
    deck, slide = a_slide()
    a_box(slide, text, left=40)
    return saved(deck)


def pptx_hidden(text):
    deck, slide = a_slide()
    a_box(slide, text)
    slide._element.set("show", "0")
    return saved(deck)


# ------------------------------------------------------------------------- documents


def docx_runs(text):
    paper = docx.Document()
    paragraph = paper.add_paragraph()
    for run in ("前言", *halves(text)):
        paragraph.add_run(run).bold = run != "前言"
    return saved(paper)


def docx_header(text):
    paper = docx.Document()
    paper.sections[0].header.paragraphs[0].text = text
    return saved(paper)


def docx_table(text):
    paper = docx.Document()
    paper.add_table(1, 2).cell(0, 1).text = text
    return saved(paper)


def docx_custom(text):
    """Return a document with a part that nothing in it refers to."""
    file = BytesIO(docx_runs("正文"))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("customXml/item9.xml", f"<a><b>{text}</b></a>")
    return file.getvalue()


def docx_comment(text):
    paper = docx.Document()
    run = paper.add_paragraph("正文").runs[0]
    paper.add_comment(run, text=text, author="", initials="")
    return saved(paper)


def docx_vanished(text):
    paper = docx.Document()
    run = paper.add_paragraph("正文").add_run(text)
    run.font.hidden = True
    return saved(paper)


def docx_deleted(text):
    paper = docx.Document()
    paragraph = paper.add_paragraph("正文")
    gone = OxmlElement("w:del")
    gone.set(qn("w:author"), "某人")
    run, told = OxmlElement("w:r"), OxmlElement("w:delText")
    told.text = text
    run.append(told)
    gone.append(run)
    paragraph._p.append(gone)
    return saved(paper)


# -------------------------------------------------------------------------- workbooks


def xlsx_cell(text):
    book = Workbook()
    book.active.append(["序号", "内容"])
    book.active.append([1, text])
    return saved(book)


def xlsx_rich(text):
    book = Workbook()
    bold = InlineFont(b=True)
    runs = [TextBlock(bold, run) for run in halves(text)]
    book.active["C4"] = CellRichText("前言", *runs)
    return saved(book)


def xlsx_hidden(text):
    book = Workbook()
    sheet = book.create_sheet("底稿")
    sheet["B4"] = text
    sheet.sheet_state = "veryHidden"
    return saved(book)


def xlsx_comment(text):
    book = Workbook()
    book.active["A1"] = "甲"
    book.active["A1"].comment = Comment(text, "")
    return saved(book)


def xlsx_header(text):
    book = Workbook()
    book.active.oddHeader.center.text = text
    return saved(book)


# ------------------------------------------------------------------------------- PDF


def pdf_glyphs(text):
    """Return a page on which every letter is set by itself, the last of them first."""
    figure = Figure(figsize=(8, 4))
    FigureCanvasPdf(figure)
    font = find_lettering().regular
    for line, part in enumerate(text.split(BETWEEN)):
        for place, letter in reversed(list(enumerate(part))):
            at = (0.05 + place * 0.03, 0.9 - line * 0.08)
            figure.text(*at, letter, fontproperties=font, parse_math=False)
    file = BytesIO()
    figure.savefig(file, format="pdf", metadata={"Creator": None, "Producer": None})
    return file.getvalue()


def pdf_page(text=""):
    figure = Figure(figsize=(8, 4))
    FigureCanvasPdf(figure)
    figure.text(0.1, 0.5, text or "正文", fontproperties=find_lettering().regular,
                parse_math=False)  # fmt: skip
    file = BytesIO()
    figure.savefig(file, format="pdf", metadata={"Creator": None, "Producer": None})
    return file.getvalue()


def pdf_changed(change):
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf_page())))
    change(writer)
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def pdf_attachment(text):
    return pdf_changed(lambda pdf: pdf.add_attachment("a.txt", text.encode()))


def pdf_author(text):
    return pdf_changed(lambda pdf: pdf.add_metadata({"/Author": text}))


# ------------------------------------------------------------------------------ pages


def html(body, head=""):
    return (
        f"<!doctype html><html><head><meta charset=utf-8>{head}</head><body>{body}</body>".encode()
    )


def html_inline(text):
    runs = "".join(f"<b>{run}</b>" for run in halves(text))
    return html(f"<p>前言{runs}</p>")


def html_entities(text):
    return html("<p>" + "".join(f"&#x{ord(one):x};" for one in text) + "</p>")


def html_script(text):
    told = "".join(f"\\u{ord(one):04x}" for one in text)
    return html(f'<script>const a="{told}";</script>')


def html_json(text):
    return html(f'<script type="application/json">{json.dumps({"a": [text]})}</script>')


def html_base64(text):
    packed = base64.b64encode(gzip.compress((text + "。" * 400).encode())).decode()
    return html(f'<script>const data="{packed}";</script>')


def html_attribute(text):
    return html(f'<img alt="{text}" src="#">')


def html_concatenated(text):
    told = " + ".join(f"'{one}'" for one in halves(text))
    return html(f"<script>const a = {told};</script>")


def html_style(text):
    return html("", f"<style>p::after{{content:'{text}'}}</style>")


def html_link(text):
    return html(f'<a href="#{quote(text)}">x</a>')


def html_comment(text):
    return html(f"<p>正文</p><!-- {text} -->")


# ------------------------------------------------------------------- tables and places


def csv_cell(text):
    return f'序号,内容\r\n1,"{text}"\r\n'.encode("utf-8-sig")


def csv_gb(text):
    return f'序号,内容\r\n1,"{text}"\r\n'.encode("gb18030")


def geojson_property(text, place=(103.6, 36.1)):
    point = {"type": "Point", "coordinates": list(place)}
    feature = {"type": "Feature", "geometry": point, "properties": {"name": text}}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def kml_description(text):
    return (
        '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        f"<description><![CDATA[<p>{text}</p>]]></description></Placemark></Document></kml>"
    ).encode()


def kml_tags(text):
    return kml_description("".join(f"<b>{run}</b>" for run in halves(text)))


def kml_data(text):
    return kml_description(f"data:text/plain;base64,{base64.b64encode(text.encode()).decode()}")


def svg_spans(text):
    runs = "".join(f"<tspan>{run}</tspan>" for run in halves(text))
    return f'<svg xmlns="http://www.w3.org/2000/svg"><text>{runs}</text></svg>'.encode()


def gpx_name(text):
    gpx = gpxpy.gpx.GPX()
    gpx.waypoints.append(gpxpy.gpx.GPXWaypoint(36.1, 103.6, name=text))
    return gpx.to_xml(version="1.1").encode()


def plain_text(text):
    return f"第一行\n第二行 {text}\n".encode()


# --------------------------------------------------------------------------- pictures


def png(text=""):
    told = PngInfo()
    if text:
        told.add_itxt("Description", text)
    file = BytesIO()
    Image.new("RGB", SIZE, "white").save(file, "PNG", pnginfo=told)
    return file.getvalue()


def jpeg(text="", *, has_gps=False):
    exif = Image.Exif()
    if text:
        exif[0x9C9C] = text.encode("utf-16-le")
    if has_gps:
        exif.get_ifd(0x8825).update({1: "N", 2: (36.0, 4.0, 53.2), 3: "E", 4: (103.0, 38.0, 12.1)})
    file = BytesIO()
    more = {"exif": exif.tobytes()} if text or has_gps else {}
    Image.new("RGB", SIZE, "white").save(file, "JPEG", **more)
    return file.getvalue()


def jpeg_text(text):
    file = BytesIO()
    Image.new("RGB", SIZE, "white").save(file, "JPEG", comment=text.encode("gb18030"))
    return file.getvalue()


def zip_of(name, content):
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def zip_comment(text):
    file = BytesIO(zip_of("a.txt", b"text"))
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = text.encode()
    return file.getvalue()


def zip_in_zip(text):
    return zip_of("里层.zip", zip_of("文.docx", docx_runs(text)))


TEXTS = {
    "pptx": (
        pptx_runs,
        pptx_table,
        pptx_notes,
        pptx_alt_text,
        pptx_chart,
        pptx_beside,
        pptx_hidden,
    ),
    "docx": (
        docx_runs,
        docx_header,
        docx_table,
        docx_custom,
        docx_comment,
        docx_vanished,
        docx_deleted,
    ),
    "xlsx": (xlsx_cell, xlsx_rich, xlsx_hidden, xlsx_comment, xlsx_header),
    "pdf": (pdf_glyphs, pdf_page, pdf_attachment, pdf_author),
    "html": (
        html_inline,
        html_entities,
        html_script,
        html_json,
        html_base64,
        html_attribute,
        html_concatenated,
        html_style,
        html_link,
        html_comment,
    ),
    "csv": (csv_cell, csv_gb),
    "geojson": (geojson_property,),
    "kml": (kml_description, kml_tags, kml_data),
    "svg": (svg_spans,),
    "gpx": (gpx_name,),
    "txt": (plain_text,),
    "png": (png,),
    "jpg": (jpeg, jpeg_text),
    "zip": (zip_in_zip, zip_comment),
}
"""For each format the ways in which a text can stand in it."""

WAYS = [(ending, way) for ending, ways in TEXTS.items() for way in ways]
