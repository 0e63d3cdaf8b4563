"""Checklists that an office brings as XLSForm: kept in the journal, the newest for a layer counts.

What our visits need of every form (result, two officers, the inquest) is joined to a form that
has it not. Without one, or after it was taken back, the checklist of the program holds.
"""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from geodata.journal import Draft, Journal
from layers.checklists import COMMON, Checklist, joined, read_checklist
from layers.return_pack import OFFICER_ROLES
from layers.xlsform import FormRead, read_form

TAKEN = "checklist_taken"
SUBJECT = "checklist"


def read_for(layer: str, content: bytes) -> FormRead:
    """Return what a form asks at places of a layer, the common part joined where it is not there.

    Raises BrokenForm, and BrokenChecklist where both together make no checklist.
    """
    read = read_form(content)
    own = replace(read.checklist, layer=layer)
    if any(own.find(role) is None for role in (*OFFICER_ROLES, "result")):
        own = joined(own, read_checklist(COMMON))
    return FormRead(own, read.unread)


def take_form(
    journal: Journal,
    layer: str,
    content: bytes,
    *,
    name: str,
    who: str,
    at: datetime,
    seen: int,
) -> FormRead:
    """Keep a form as the checklist of a layer from now on; an empty one takes the last back.

    Raises what `read_for` raises, and StaleEntry where somebody was quicker.
    """
    read = read_for(layer, content) if content else FormRead(read_checklist(layer), ())
    told = {"name": name, "form": base64.b64encode(content).decode()}
    subject = f"{SUBJECT}:{layer}"
    journal.append([Draft(subject, TAKEN, who, at, told)], {subject: seen})
    return read


def forms_taken(journal: Journal, layer: str) -> int:
    """Return how many times a form was taken for a layer."""
    return len(journal.entries(subject=f"{SUBJECT}:{layer}"))


def checklist_of(journal: Journal, layer: str) -> Checklist:
    """Return the checklist that holds for a layer: the office's own form, else the program's."""
    return own_checklists(journal).get(layer) or read_checklist(layer)


def own_checklists(journal: Journal) -> Mapping[str, Checklist]:
    """Return the forms that hold, by layer."""
    newest = {one.subject: one for one in journal.entries(kind=TAKEN)}
    return {
        subject.partition(":")[2]: read_for(
            subject.partition(":")[2], base64.b64decode(one.told["form"])
        ).checklist
        for subject, one in newest.items()
        if one.told["form"]
    }
