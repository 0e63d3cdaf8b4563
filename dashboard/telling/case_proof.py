"""The parts of a case that are held against each other: fact and evidence, item and reply, law.

A reply is no rectification and a rectification no verification: each has a column of its own.
"""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from dashboard.naming import Naming
from dashboard.panels.cases.timeline import words_of
from dashboard.panels.evidence.words import (
    say_collectors,
    say_day,
    say_lacks,
    say_name,
    say_purpose,
)
from dashboard.telling.case_parts import (
    MILESTONES,
    article_of,
    facts_scene,
    is_end,
    missing_words,
    table_scene,
)
from dashboard.telling.story import FactsScene, MapScene, PairScene, Picture, TableScene
from dashboard.telling.told import Told
from dashboard.words.law import say_basis
from geodata import CaseEvent
from geodata.case_file import (
    FEWEST_COLLECTORS,
    NOT_REVIEWED,
    Element,
    Evidence,
    Item,
    elements_of,
    evidence_of,
    items_of,
)
from geodata.evidence_needs import Met
from geodata.evidence_store import EvidenceItem

SHORT_HASH = 12
"""Letters of a checksum that stand on a page; all of it is in the case file."""

SIGNS = {"met": "●", "partly": "◐", "not_met": "○", "not_reviewed": "–"}
NOT_ANSWERED = "not_answered"
DUTY, AUTHORITY = "proper_party", "legal_authorisation"
WHOLE_STEPS = (
    ("agency_replied",),
    ("rectification_claimed",),
    ("rectification_verified",),
)
"""What an agency or the office said of the recommendation as a whole, by column."""

CIVIL_STEPS = (
    "announcement",
    "kin_consulted",
    "support_prosecution",
    "suit_filed",
    "criminal_incidental_filed",
    "mediated",
    "first_instance_judgment",
    "judgment_effective",
)
DISPUTES = frozenset({"objection_received", "inquiry_obstructed"})


def tell_investigation(told: Told) -> Iterator[TableScene]:
    """Yield the evidence chain: fact, evidence, who collected it, two of them or not, hash, gap."""
    rows = [row for done in told.behind.proven.values() if done for need in done.needs
            for row in _rows_of_need(need, done.layer, told)]  # fmt: skip
    kept = {one.sha256 for one in told.behind.items}
    held = evidence_of(told.case, told.as_of, told.known_at)
    rows += [_row_of_entry(one, told) for one in held if one.sha256 not in kept or not one.sha256]
    lacking = tuple(f"{fact}：{gap}" if told.names.language == "zh" else f"{fact}: {gap}"
                    for fact, *_, gap in rows if gap)  # fmt: skip
    faint = [place for place, row in enumerate(rows) if row[1] == told.nothing]
    yield table_scene(
        told,
        "investigation",
        ("fact", "evidence", "source", "collectors", "hash", "gap"),
        rows,
        shares=(0.18, 0.22, 0.21, 0.08, 0.15, 0.16),
        missing=lacking,
        faint=faint,
        notes=told.names.word("story.proof.gaps", count=len(lacking)) if lacking else "",
    )


def tell_law(told: Told) -> Iterator[TableScene]:
    """Yield the law applied: field, duty, authority, model, steps, and what is disputed."""
    case, names = told.case, told.names
    elements = {one.id: one for one in _elements(told)}
    fields = names.rules.entries["fields"]
    rows = []
    if case.field in fields:
        code = fields[case.field]
        law = say_basis(code.basis, names.rules, names.language, code.certainty)
        rows.append((names.word("card.field"), law, names.code("fields", case.field)))
    rows += [_row_of_law(elements[one], told) for one in (DUTY, AUTHORITY) if one in elements]
    laws = dict.fromkeys(law for one in told.behind.found for law in one.law)
    if laws:
        models = told.join(list(dict.fromkeys(one.model for one in told.behind.found)))
        rows.append((names.word("story.law.model"), "\n".join(laws), models))
    rows += list(_rows_of_steps(told))
    disputes = [words_of(one) for one in told.then.events if one.kind in DISPUTES]
    said = "\n".join(filter(None, disputes))
    rows.append((names.word("story.law.disputes"), "—", said or told.nothing))
    missing = [row[0] for row in rows if row[2] == told.nothing]
    faint = [place for place, row in enumerate(rows) if row[2] == told.nothing]
    heads = ("purpose", "basis", "recorded")
    yield table_scene(
        told, "law", heads, rows, shares=(0.2, 0.42, 0.38), missing=missing, faint=faint
    )


def tell_recommendation(told: Told) -> Iterator[TableScene | FactsScene]:
    """Yield each item of the recommendation beside reply, claim and verification.

    A case that has no recommendation is told by announcement, claims and judgment.
    """
    if told.case.kind != "admin_pil":
        yield _tell_suit(told)
        return
    names = told.names
    items = items_of(told.case, told.as_of, told.known_at)
    rows = [_row_of_item(one, told) for one in items]
    served = [one for one in told.then.events if one.kind == "recommendation_served"]
    whole = [_words_of_step(kinds, told) for kinds in WHOLE_STEPS]
    if served or any(whole):
        first = _words_of_step(("recommendation_served",), told) or told.nothing
        rows.append(
            (names.word("story.items.whole"), first, *(one or told.nothing for one in whole))
        )
    lacking = []
    for at, key in ((2, "reply"), (3, "claim"), (4, "verification")):
        blank = {told.nothing, names.code("item_answers", NOT_ANSWERED)}
        open_items = [row[0] for row in rows[: len(items)] if row[at] in blank]
        if open_items:
            told_items = told.join(open_items)
            lacking.append(names.word(f"story.items.no_{key}", items=told_items))
    yield table_scene(
        told,
        "recommendation",
        ("item", "recommended", "reply", "claim", "verification"),
        rows,
        shares=(0.1, 0.26, 0.22, 0.19, 0.23),
        missing=lacking if rows else (),
        note=names.word("story.items.note"),
        notes="\n".join(lacking),
    )


def tell_pair(told: Told) -> Iterator[PairScene]:
    """Yield the place before and after: two photographs if there are, else the map of two days."""
    names = told.names
    heading = told.heading("pair")
    if told.behind.pairs:
        pair = told.behind.pairs[0]
        yield told.scene(
            PairScene,
            "pair",
            heading,
            before=picture_of(pair.before, names, "before"),
            after=picture_of(pair.after, names, "after"),
            caption=names.word("story.pair.days", days=pair.days),
        )
        return
    if told.hazards.empty or not told.then.events:
        lacks = names.word("story.pair.none")
        yield told.scene(PairScene, "pair", heading, notes=lacks, missing=(lacks,))
        return
    before = map_picture(told, _first_day(told), "before")
    after = map_picture(told, told.as_of, "after")
    caption = names.word("story.pair.maps")
    yield told.scene(
        PairScene,
        "pair",
        heading,
        before=before,
        after=after,
        caption=caption,
        missing=(names.word("story.pair.no_photos"),),
    )


def tell_elements(told: Told) -> Iterator[TableScene]:
    """Yield the four elements side by side, never a sum, each with what is missing."""
    names, rows, missing = told.names, [], []
    held = {one.number: one for one in evidence_of(told.case, told.as_of, told.known_at)}
    elements = _elements(told)
    for one in elements:
        title = names.title(one.title)
        state = f"{SIGNS.get(one.state, '?')} {names.code('element_states', one.state)}"
        behind = [f"#{n} {held[n].title}" if n in held else f"#{n}" for n in one.evidence]
        text = one.text or told.nothing
        rows.append((title, state, text, one.gap or "—", "\n".join(behind) or told.nothing))
        if one.gap or one.state == NOT_REVIEWED:
            missing.append(f"{title} · {one.gap or names.code('element_states', one.state)}")
    faint = [place for place, one in enumerate(elements) if one.state == NOT_REVIEWED]
    yield table_scene(
        told,
        "elements",
        ("element", "state", "finding", "gap", "evidence"),
        rows,
        shares=(0.17, 0.14, 0.29, 0.19, 0.21),
        missing=missing,
        faint=faint,
        note=names.word("story.elements.note"),
    )


def picture_of(item: EvidenceItem, names: Naming, side: str) -> Picture:
    """Return a piece of evidence as one of two pictures, with its day, people and hash."""
    told = (
        f"{names.word(f'story.pair.{side}')} {say_day(item.facts, names)}",
        say_name(item),
        say_collectors(item.facts, names),
        f"SHA-256 {item.sha256[:SHORT_HASH]}",
    )
    taken = item.facts.captured_at
    return Picture(
        " · ".join(told),
        on=taken.date() if taken else None,
        item=item.number,
        sha256=item.sha256,
    )


def map_picture(told: Told, on: date, side: str) -> Picture:
    """Return the map of the hazards of a case as they stood on a day."""
    word = f"{told.names.word(f'story.pair.{side}')} {on.isoformat()}"
    shown = MapScene(
        word,
        case_id=told.case.id,
        caption=word,
        refs=told.refs,
        jurisdiction=told.case.jurisdiction,
        as_of=on,
    )
    return Picture(word, on=on, map=shown)


def _first_day(told: Told) -> date:
    """Return the first day of the case on which all its hazards had been found."""
    found = pd.to_datetime(told.hazards["found_on"]).max()
    begun = min(one.occurred_on for one in told.then.events)
    return begun if pd.isna(found) else max(begun, found.date())


# --------------------------------------------------------------------------- rows


def _rows_of_need(need: Met, layer: str, told: Told) -> Iterator[tuple[str, ...]]:
    names = told.names
    fact = names.title(need.need.title)
    gaps = told.join([
        names.word("story.proof.or").join(say_purpose(one, layer, names) for one in part)
        for part in need.missing
    ])  # fmt: skip
    gap = names.word("story.proof.missing", parts=gaps) if gaps else ""
    if not need.items:
        yield (fact, told.nothing, "", "", "", gap)
    for place, item in enumerate(need.items):
        lacks = told.join(say_lacks(item, names))
        both = told.join([gap if place == 0 else "", lacks])
        yield (fact, say_name(item), *_facts_of_item(item, names), both)


def _facts_of_item(item: EvidenceItem, names: Naming) -> tuple[str, str, str]:
    source = f"{say_collectors(item.facts, names)} · {say_day(item.facts, names)}"
    return source, _two(len(item.facts.collectors), names), item.sha256[:SHORT_HASH]


def _row_of_entry(one: Evidence, told: Told) -> tuple[str, ...]:
    names = told.names
    element = names.code("elements", one.element) if one.element else told.nothing
    kind = names.code("evidence_kinds", one.kind).strip("—")
    title = names.word("story.proof.entry", number=one.number, title=one.title, kind=kind)
    people = names.list_of(one.collectors) or told.nothing
    source = " · ".join(filter(None, (people, one.place, one.on.isoformat())))
    gaps = [
        "" if one.is_verified else names.word("story.proof.unverified"),
        names.word("story.proof.alone") if one.lacks_collectors else "",
        "" if one.sha256 else names.word("story.proof.no_hash"),
    ]
    short = one.sha256[:SHORT_HASH] or "—"
    return (element, title, source, _two(len(one.collectors), names), short, told.join(gaps))


def _two(count: int, names: Naming) -> str:
    return names.word("story.proof.yes" if count >= FEWEST_COLLECTORS else "story.proof.no")


def _row_of_law(one: Element, told: Told) -> tuple[str, str, str]:
    names = told.names
    code = names.rules.entries["elements"][one.id]
    law = say_basis(code.basis, names.rules, names.language, code.certainty)
    return names.title(one.title), law, one.text or told.nothing


def _rows_of_steps(told: Told) -> Iterator[tuple[str, str, str]]:
    names = told.names
    for one in told.then.events:
        is_told = one.kind in MILESTONES[told.case.kind] or is_end(one.kind, names)
        if is_told and article_of(one.kind, names):
            stage = names.rules.stages[one.kind]
            law = say_basis(stage.basis, names.rules, names.language, stage.certainty)
            done = " ".join(filter(None, (one.occurred_on.isoformat(), one.document)))
            yield names.title(stage.title), law, done


def _row_of_item(one: Item, told: Told) -> tuple[str, ...]:
    names = told.names
    is_answered = one.answer != NOT_ANSWERED
    reply = _said(names.code("item_answers", one.answer), one.answered_on, one.answer_text)
    reply = reply if is_answered else names.code("item_answers", NOT_ANSWERED)
    claim = _said(names.word("story.items.claimed"), one.claimed_on, one.claimed_text)
    result = _said(names.code("item_results", one.result), one.verified_on, one.result_text)
    proofs = names.list_of(f"#{number}" for number in one.evidence)
    checked = "\n".join(filter(None, (result, proofs)))
    text = one.text or told.nothing
    return (one.number, text, *(said or told.nothing for said in (reply, claim, checked)))


def _said(word: str, on: date | None, text: str) -> str:
    if on is None:
        return ""
    return "\n".join(filter(None, (f"{on.isoformat()} {word}", text)))


def _words_of_step(kinds: tuple[str, ...], told: Told) -> str:
    found = [one for one in told.then.events if one.kind in kinds]
    return "\n".join(" ".join(filter(None, (one.occurred_on.isoformat(), words_of(one))))
                     for one in found)  # fmt: skip


def _tell_suit(told: Told) -> FactsScene:
    names = told.names
    steps = [one for one in told.then.events if one.kind in CIVIL_STEPS]
    claims = told.join([_codes(one, "claims", "claims_civil", names) for one in steps])
    judgment = told.join([_codes(one, "judgment", "judgment_types", names) for one in steps])
    lines = [
        " ".join(filter(None, (
            one.occurred_on.isoformat(),
            names.title(names.rules.event_title(one.kind)),
            one.document,
            words_of(one),
        )))
        for one in steps
    ]  # fmt: skip
    held = {
        "story.suit.steps": "\n".join(lines),
        "story.suit.claims": claims,
        "story.suit.judgment": judgment,
    }
    scene = facts_scene(told, "recommendation", held)
    return told.scene(
        FactsScene,
        "recommendation",
        told.heading("suit"),
        notes=missing_words(told, scene.missing),
        facts=scene.facts,
        missing=scene.missing,
    )


def _codes(event: CaseEvent, detail: str, codes: str, names: Naming) -> str:
    said = filter(None, event.detail(detail).split(";"))
    return names.list_of(names.code(codes, one) for one in said)


def _elements(told: Told) -> tuple[Element, ...]:
    return elements_of(told.case, told.names.rules, told.as_of, told.known_at)
