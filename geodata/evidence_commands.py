"""The commands of the evidence store: hand in, list, check, and make the bundle for court.

    python -m geodata evidence put FILE ... --collector A --collector B [--case ID] ...
    python -m geodata evidence list [--case ID] [--layer ID]     with what is missing for a layer
    python -m geodata evidence compare NUMBER --lon X --lat Y [--arrived TIME] [--left TIME]
                                                     a photograph held against a stop
    python -m geodata evidence verify [--head CHAIN]
    python -m geodata evidence bundle FILE.zip|FOLDER [--case ID] [--with P0 ...]

Exit codes: 0 done, nothing lacking; 1 done, and something is lacking, labelled, withheld or not
what it was; 2 nothing was done.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from geodata.commands_on_record import note_command
from geodata.court_bundle import SUMS, write_bundle
from geodata.errors import BadSetting
from geodata.evidence_needs import Completeness, completeness
from geodata.evidence_store import (
    BLOCK,
    AccessClass,
    CoordSource,
    EvidenceFacts,
    EvidenceItem,
    EvidenceStore,
    check_facts,
    facts_to_json,
    is_there,
    looked_to_json,
    open_evidence,
)
from geodata.photographs import Comparison, Stop, compare_with_stop
from geodata.settings import read_settings
from geodata.wording import Words

SOUND, LACKING = 0, 1
UNREMARKABLE = frozenset({"sound", "not_a_picture"})
TEXTS = {
    "--few-collectors": "few_collectors",
    "--place": "collection_place",
    "--device": "device",
    "--case": "case",
    "--hazard": "hazard",
    "--stop": "stop",
    "--layer": "layer",
    "--purpose": "purpose",
    "--medium": "sealed_medium_no",
    "--copy-note": "copy_note",
    "--note": "note",
}
"""Options of `put` that are facts as they are written."""


def add_evidence_command(
    commands: Any, shared: argparse.ArgumentParser, told: Callable[..., str]
) -> None:
    """Add the command; `told` gives the help of a key."""
    parser = commands.add_parser("evidence", help=told("evidence"))
    verbs = parser.add_subparsers(required=True, metavar="put|list|compare|verify|bundle")
    user = os.environ.get("USER") or os.environ.get("USERNAME") or "-"

    def verb(name: str, run: Callable[[argparse.Namespace, Words], int]) -> Any:
        added = verbs.add_parser(name, parents=[shared], help=told(name))
        added.add_argument("--store", metavar="URL", help=told("store"))
        added.set_defaults(run=run)
        return added

    put = verb("put", put_in)
    put.add_argument("files", nargs="+", metavar="FILE", help=told("files"))
    put.add_argument("--collector", action="append", default=[], metavar="NAME",
                     help=told("collector"))  # fmt: skip
    for option, name in TEXTS.items():
        put.add_argument(option, dest=name, default="", metavar="TEXT", help=told(name))
    put.add_argument("--captured-at", metavar="TIME", default="", help=told("captured_at"))
    put.add_argument("--lon", type=float, help=told("lon"))
    put.add_argument("--lat", type=float, help=told("lat"))
    put.add_argument("--coord-source", choices=_choices(CoordSource), default="",
                     help=told("coord_source"))  # fmt: skip
    put.add_argument("--class", dest="access_class", choices=_choices(AccessClass), default="",
                     help=told("access_class"))  # fmt: skip
    listing = verb("list", list_items)
    listing.add_argument("--layer", default="", metavar="ID", help=told("for_layer"))
    comparing = verb("compare", compare)
    comparing.add_argument("number", type=int, metavar="NUMBER", help=told("number"))
    for option in ("lon", "lat"):
        comparing.add_argument(f"--{option}", type=float, required=True, help=told(option))
    for option in ("arrived", "left"):
        comparing.add_argument(f"--{option}", default="", metavar="TIME", help=told(option))
    verb("verify", verify).add_argument("--head", default="", metavar="CHAIN", help=told("head"))
    bundle = verb("bundle", make_bundle)
    bundle.add_argument("place", metavar="FILE.zip|FOLDER", help=told("bundle_place"))
    bundle.add_argument("--title", default="", metavar="TEXT", help=told("title"))
    bundle.add_argument("--with", dest="with_classes", nargs="+", choices=_choices(AccessClass),
                        default=[], help=told("with_classes"))  # fmt: skip
    for one in (listing, bundle):
        one.add_argument("--case", default="", metavar="ID", help=told("only_case"))
        one.add_argument("--hazard", default="", metavar="ID", help=told("only_hazard"))
    for one in (put, bundle):
        one.add_argument("--who", default=user, metavar="NAME", help=told("who"))


def _choices(kind: Any) -> list[str]:
    return [one for one in get_args(kind) if one]


# ---------------------------------------------------------------------------- put


def put_in(asked: argparse.Namespace, words: Words) -> int:
    """Keep files as evidence, say how each was labelled and what it lacks."""
    files = [Path(one) for one in asked.files]
    facts = {one: _facts(asked, one) for one in files}
    for one in files:  # nothing is kept if one of them cannot be
        check_facts(facts[one])
        with one.open("rb"):
            pass
    store, kept = _store(asked), list[EvidenceItem]()
    for one in files:
        sha256 = store.put(one, facts[one])
        kept.append(store.items(sha256=sha256)[-1])
    numbers = ", ".join(str(one.number) for one in kept)
    note_command("evidence put", file=", ".join(one.name for one in files), items=numbers)
    _tell(asked, [_as_facts(one) for one in kept], lambda: _lines_of_items(kept, words))
    is_lacking = any(one.lacks or one.looked.label not in UNREMARKABLE for one in kept)
    return LACKING if is_lacking else SOUND


def _facts(asked: argparse.Namespace, file: Path) -> EvidenceFacts:
    return EvidenceFacts(
        original_filename=file.name,
        received_by=asked.who,
        received_at=datetime.now(UTC),
        captured_at=_instant(asked.captured_at, "--captured-at"),
        collectors=tuple(asked.collector),
        lon=asked.lon,
        lat=asked.lat,
        coord_source=asked.coord_source,
        access_class=asked.access_class,
        **{name: getattr(asked, name) for name in TEXTS.values()},
    )


def _instant(text: str, option: str, *, with_zone: bool = False) -> datetime | None:
    """Return an instant as it is written; raise BadSetting naming the option."""
    form = "2025-12-17T10:02:03+08:00"
    try:
        told = datetime.fromisoformat(text) if text else None
    except ValueError as odd:
        raise BadSetting(name=option, value=text, form=form) from odd
    if told and with_zone and told.tzinfo is None:
        raise BadSetting(name=option, value=text, form=form)
    return told


# --------------------------------------------------------------------------- list


def list_items(asked: argparse.Namespace, words: Words) -> int:
    """Print items, and for a layer which facts they prove and what is missing."""
    store = _existing(asked)
    items = store.items(case=asked.case, hazard=asked.hazard) if store else ()
    if items:
        note_command("evidence list", cases=asked.case, place=asked.hazard, rows=len(items))
    found = completeness(items, asked.layer) if asked.layer else None
    facts = {
        "items": [_as_facts(one) for one in items],
        "unmet": [one.need.id for one in found.unmet] if found else None,
    }
    _tell(asked, facts, lambda: [*_lines_of_items(items, words), *_needs_lines(found, words)])
    return LACKING if found and not found.is_complete else SOUND


def _lines_of_items(items: Any, words: Words) -> list[str]:
    lines = []
    for one in items:
        facts = one.facts
        lines.append(
            words.say(
                "evidence",
                "item",
                number=one.number,
                sha=one.sha256,
                size=f"{one.size:,}",
                mime=one.mime,
                name=facts.original_filename,
                taken=facts.captured_at or words.say("evidence_states", "missing"),
                who=", ".join(facts.collectors) or "-",
            )
        )
        if one.looked.label not in UNREMARKABLE:
            label = words.say("evidence_labels", one.looked.label)
            lines.append(words.say("evidence", "labelled", label=label))
        if one.lacks:
            lacks = [words.say("evidence_lacks", lack) for lack in one.lacks]
            lines.append(words.say("evidence", "lacks", lacks="; ".join(lacks)))
    return lines or [words.say("evidence", "none")]


def _needs_lines(found: Completeness | None, words: Words) -> list[str]:
    lines = []
    for one in found.needs if found else ():
        need = one.need
        facts = {
            "title": need.title.says(words.language),
            "proves": need.proves.says(words.language),
            "numbers": ", ".join(str(item.number) for item in one.items) or "-",
            "parts": "; ".join("/".join(part) for part in one.missing),
            "basis": need.basis or "-",
        }
        lines.append(words.say("evidence", "need_met" if one.is_met else "need_missing", **facts))
    return lines


# ------------------------------------------------------------------------ compare


def compare(asked: argparse.Namespace, words: Words) -> int:
    """Print what EXIF says beside what a stop says; return 1 if something contradicts."""
    item = _store(asked).item(asked.number)
    note_command("evidence compare", items=str(asked.number))
    arrived, left = (_instant(one, f"--{name}", with_zone=True) for name, one in
                     (("arrived", asked.arrived), ("left", asked.left)))  # fmt: skip
    stop = Stop(item.facts.stop, asked.lon, asked.lat, arrived, left)
    found = compare_with_stop(item.looked, stop)
    facts = [{**asdict(one), "contradicts": one.contradicts} for one in found]
    _tell(asked, facts, lambda: [_compared(one, words) for one in found])
    return LACKING if any(one.contradicts for one in found) else SOUND


def _compared(one: Comparison, words: Words) -> str:
    facts = {
        "metres": "" if one.metres is None else f"{one.metres:,.0f}",
        "bearing": "" if one.bearing_deg is None else f"{one.bearing_deg:.0f}",
        "minutes": "" if one.seconds is None else f"{one.seconds / 60:+,.0f}",
        "system": one.system.upper().replace("GCJ02", "GCJ-02").replace("BD09", "BD-09"),
    }
    said = words.say("evidence_compared", one.kind, **facts)
    return words.say("evidence", "contradicts" if one.contradicts else "compared", said=said)


# ------------------------------------------------------------------------- verify


def verify(asked: argparse.Namespace, words: Words) -> int:
    """Hash everything again and print what differs; return 0 if nothing does."""
    store = _existing(asked)
    if store is None:
        _tell(asked, {"is_sound": True, "originals": 0}, lambda: [words.say("evidence", "none")])
        return SOUND
    found = store.verify(asked.head)
    facts = {
        "is_sound": found.is_sound,
        "originals": found.originals,
        "bytes": found.size,
        "entries": found.entries,
        "head": {"number": found.head.number, "chain": found.head.chain},
        "troubles": [vars(one) for one in found.troubles],
    }
    counts = {"originals": f"{found.originals:,}", "entries": f"{found.entries:,}"}
    end = {"size": f"{found.size:,}", "number": found.head.number, "chain": found.head.chain}

    def lines() -> list[str]:
        told = [words.say("evidence_troubles", one.kind, **vars(one)) for one in found.troubles]
        outcome = "verified" if found.is_sound else "differs"
        return [*told, words.say("evidence", outcome, **counts, **end)]

    _tell(asked, facts, lines)
    return SOUND if found.is_sound else LACKING


# ------------------------------------------------------------------------- bundle


def make_bundle(asked: argparse.Namespace, words: Words) -> int:
    """Write the bundle for court, enter it in the custody of each item, say what is in it."""
    store, place = _store(asked), Path(asked.place)
    items = store.items(case=asked.case, hazard=asked.hazard)
    title = asked.title or words.say("evidence", "title", case=asked.case or "-")
    note_command("evidence bundle", file=place.name, cases=asked.case, rows=len(items))
    bundled = write_bundle(store, items, place, words, title=title, with_classes=asked.with_classes)
    sha256 = _hash_of(place if place.is_file() else place / SUMS)
    for one in bundled.items:
        note = f"{place.name} {sha256}"
        store.record(one.number, "bundled", who=asked.who, at=datetime.now(UTC), note=note)
    numbers = [one.number for one in bundled.withheld]
    facts = {
        "place": str(place),
        "sha256": sha256,
        "items": [one.number for one in bundled.items],
        "withheld": numbers,
    }
    said = {"place": place, "sha": sha256, "count": len(bundled.items)}

    def lines() -> list[str]:
        told = [words.say("evidence", "bundled", **said)]
        if numbers:
            shown = ", ".join(map(str, numbers))
            told.append(words.say("evidence", "withheld", count=len(numbers), numbers=shown))
        return told

    _tell(asked, facts, lines)
    return LACKING if numbers else SOUND


def _hash_of(file: Path) -> str:
    total = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            total.update(block)
    return total.hexdigest()


# ------------------------------------------------------------------------- shared


def _store(asked: argparse.Namespace) -> EvidenceStore:
    """Return the store; a data folder that does not exist yet is made."""
    url = asked.store or read_settings().evidence_url
    scheme, _, place = url.partition(":")
    if scheme == "file":
        Path(place.partition("?")[0]).parent.mkdir(parents=True, exist_ok=True)
    return open_evidence(url)


def _existing(asked: argparse.Namespace) -> EvidenceStore | None:
    """Return the store if it is there; looking makes no folder."""
    url = asked.store or read_settings().evidence_url
    return open_evidence(url) if is_there(url) else None


def _as_facts(item: EvidenceItem) -> dict[str, Any]:
    return {
        "number": item.number,
        "sha256": item.sha256,
        "sm3": item.sm3,
        "size": item.size,
        "looked": looked_to_json(item.looked),
        "facts": facts_to_json(item.facts),
        "lacks": list(item.lacks),
    }


def _tell(asked: argparse.Namespace, facts: Any, lines: Callable[[], list[str]]) -> None:
    """Print facts as JSON where they are asked for, else lines in words."""
    told = json.dumps(facts, ensure_ascii=False, default=str) if asked.json else "\n".join(lines())
    sys.stdout.write(f"{told}\n")
