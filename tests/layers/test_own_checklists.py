"""An office's own checklist: an XLSForm that is kept, holds from then on, and is taken back."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from geodata.errors import StaleEntry
from geodata.journal import open_journal
from layers.checklists import read_checklist
from layers.own_checklists import checklist_of, forms_taken, read_for, take_form
from layers.return_pack import OFFICER_ROLES
from layers.xlsform import BrokenForm, render_form

NOW = datetime(2025, 12, 17, 8, tzinfo=UTC)
LAYER = "charging_stations"


@pytest.fixture(params=["memory", "sqlite"])
def journal(request, tmp_path):
    urls = {"memory": "memory:", "sqlite": f"sqlite:{tmp_path / 'journal.sqlite'}"}
    return open_journal(urls[request.param])


def a_foreign_form():
    book = Workbook()
    survey = book.active
    survey.title = "survey"
    survey.append(["type", "name", "label"])
    survey.append(["text", "brand", "Brand of the charger"])
    survey.append(["barcode", "code", "Scan the code"])
    settings = book.create_sheet("settings")
    settings.append(["form_title", "form_id", "version"])
    settings.append(["Chargers", "chargers", "3"])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def test_without_a_form_of_the_office_the_checklist_of_the_program_holds(journal):
    assert checklist_of(journal, LAYER) == read_checklist(LAYER)


def test_a_form_that_was_changed_elsewhere_holds_from_then_on_until_it_is_taken_back(journal):
    ours = read_checklist(LAYER)
    first = ours.sections[0]
    fewer = replace(ours, version="own-1", sections=(
        replace(first, questions=first.questions[:1]), *ours.sections[1:]
    ))  # fmt: skip
    read = take_form(
        journal, LAYER, render_form(fewer), name="own.xlsx", who="王某", at=NOW, seen=0
    )
    assert read.unread == ()
    assert checklist_of(journal, LAYER) == fewer
    assert forms_taken(journal, LAYER) == 1
    take_form(journal, LAYER, b"", name="", who="王某", at=NOW, seen=1)
    assert checklist_of(journal, LAYER) == ours


def test_a_foreign_form_gets_what_every_visit_records_and_says_what_it_could_not_read(journal):
    read = take_form(journal, LAYER, a_foreign_form(), name="odk.xlsx", who="王某", at=NOW, seen=0)
    held = checklist_of(journal, LAYER)
    assert held == read.checklist
    assert held.layer == LAYER
    assert held.find("brand").title.zh == "Brand of the charger"
    assert all(held.find(one) for one in (*OFFICER_ROLES, "result"))
    assert [(one.row, one.value) for one in read.unread if one.value == "barcode"] == [
        (3, "barcode")
    ]


def test_a_file_that_is_no_form_and_a_stale_edit_change_nothing(journal):
    with pytest.raises(BrokenForm):
        take_form(journal, LAYER, b"PK no", name="x.xlsx", who="王某", at=NOW, seen=0)
    with pytest.raises(BrokenForm):
        read_for(LAYER, b"")
    take_form(journal, LAYER, a_foreign_form(), name="odk.xlsx", who="王某", at=NOW, seen=0)
    with pytest.raises(StaleEntry):
        take_form(journal, LAYER, a_foreign_form(), name="odk.xlsx", who="李某", at=NOW, seen=0)
    assert forms_taken(journal, LAYER) == 1
