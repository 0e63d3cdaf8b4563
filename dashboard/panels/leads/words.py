"""How leads are said: kinds, sources, states, places, decisions, what lies near."""

from datetime import datetime

from dashboard.desks.leads import Near
from dashboard.naming import Naming
from dashboard.panels.card import NOTHING
from dashboard.text import say_error
from geodata import GeodataError
from geodata.errors import StaleEntry
from geodata.lifecycle import OFFICE_TIME
from layers.lead_kinds import LEAD_KINDS
from layers.leads import Decision, Lead, Report

SHORT = 40


def say_kind(kind: str, names: Naming) -> str:
    """Return what a kind is called; one that is known no more, by its id."""
    return names.title(LEAD_KINDS[kind].title) if kind in LEAD_KINDS else kind


def say_source(lead: Lead, names: Naming) -> str:
    """Return where a lead came from, with the number of its ticket."""
    source = names.code("lead_sources", lead.source)
    return f"{source} · {lead.ticket}" if lead.ticket else source


def say_when(at: datetime | None) -> str:
    """Return an instant on the clock of the offices."""
    return at.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M") if at else NOTHING


def say_place(report: Report) -> str:
    """Return the place of a report: in words, and its degrees where it has some."""
    degrees = f"{report.lon:.5f}, {report.lat:.5f}" if report.has_place else ""
    return " · ".join(filter(None, (report.place, degrees))) or NOTHING


def say_state(lead: Lead, names: Naming) -> str:
    """Return how a lead stands, and where it went."""
    last = lead.last
    state = names.word(f"leads.state.{lead.state}")
    if last is None or lead.state not in {"registered", "merged", "not_taken"}:
        came = names.word("leads.came_from", office=names.office(lead.from_office))
        return f"{state} · {came}" if lead.from_office else state
    if lead.state == "not_taken":
        return f"{state} · {names.word(f'leads.reason.{last.reason}')}"
    return f"{state} → {last.case or last.lead or last.hazard}"


def say_decision(one: Decision, names: Naming) -> str:
    """Return what a decision was, where it went and why, in one line."""
    where = one.case or one.lead or one.hazard
    if one.to_office:
        where = names.office(one.to_office)
    parts = [names.word(f"leads.act.{one.act}")]
    parts += [f"→ {where}"] if where else []
    parts += [names.word(f"leads.reason.{one.reason}")] if one.reason else []
    parts += [one.why] if one.why else []
    parts += [names.word("leads.told_reporter", text=one.told)] if one.told else []
    return " · ".join(parts)


def say_near(one: Near, names: Naming) -> tuple[str, str, str]:
    """Return of something near: what sort it is, its name, and what is said about it."""
    sort = names.word(f"leads.near.{one.sort}")
    if one.sort == "lead":
        return sort, f"{one.id} {one.title[:SHORT]}", say_kind(one.about, names)
    if one.sort == "hazard":
        return sort, f"{one.title} ({one.id.partition(':')[2]})", names.table(one.about)
    return sort, f"{one.id} {one.title}", names.stage(one.about)


def say_trouble(trouble: GeodataError, names: Naming) -> str:
    """Return what is wrong and what to do; of a stale lead, that it is shown as it is now."""
    if isinstance(trouble, StaleEntry):
        return names.word("leads.stale")
    return say_error(trouble, names.language)
