"""The models' command: the night job, sealing a run, and running a sealed one again.

    python -m layers detect --all | --rule ID [--as-of DAY] [--set NAME=NUMBER ...]
                            [--trial] [--report FILE] [--json]
    python -m layers seal RUN | --rule ID  -o FILE.zip
    python -m layers replay FILE.zip [--against STORE]

Exit codes: 0 all rules ran, or no difference; 1 some could not run, or it differs; 2 nothing done.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from geodata.command_line import language_in, language_of
from geodata.commands_on_record import note_command, shown_place
from geodata.errors import GeodataError
from geodata.findings import FindingStore, open_findings
from geodata.lifecycle import OFFICE_TIME
from geodata.settings import Settings, read_settings
from geodata.store import CaseStore, FeatureStore, open_cases, open_features
from geodata.store_commands import HERE, progress
from geodata.wording import Words, load_words
from layers.catalog import all_rules, find_rule, find_table
from layers.detect import Lack, check_numbers
from layers.night import Kept, run_rules, usual_day
from layers.reasons import say_fact
from layers.rule import Finding
from layers.run_records import doubts_of, finding_to_plain
from layers.sealing import Difference, InputNow, Replay, inputs_now, replay, seal

WORDS = Path(__file__).with_name("command_words.toml")
DONE, DIFFERS, NOTHING_DONE = 0, 1, 2


class NothingAsked(GeodataError):
    """Neither all rules nor one; facts: known."""


class SetNotUnderstood(GeodataError):
    """A parameter that is not written name=number, or without a rule; facts: given."""


class NoRunYet(GeodataError):
    """A rule without a run that could be sealed; facts: rule."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    words = load_words(language_in(given, language_of(os.environ)), more=(WORDS,))
    asked = _parser(words).parse_args(given)
    try:
        return int(asked.run(asked, words))
    except GeodataError as error:
        said = _say_error(error, words)
        if asked.json:
            facts = {"error": type(error).__name__, "facts": error.facts, "text": said}
            print(json.dumps(facts, ensure_ascii=False, default=str))
        print(said, file=sys.stderr)
    except OSError as error:
        print(words.say("errors", "OSError", detail=error), file=sys.stderr)
    return NOTHING_DONE


# ---------------------------------------------------------------------------- detect


def run_detect(asked: argparse.Namespace, words: Words) -> int:
    """Run the rules, keep what they found, report, and return the exit code."""
    if bool(asked.all) == bool(asked.rule):
        raise NothingAsked(known=", ".join(rule.id for rule in all_rules()))
    rules = all_rules() if asked.all else (find_rule(asked.rule),)
    numbers = _read_set(asked)
    if numbers:
        check_numbers(rules[0], numbers)
    settings = read_settings()
    features = open_features(asked.store or settings.features_url)
    findings = None if asked.trial else open_findings(asked.findings or settings.findings_url)
    today = datetime.now(OFFICE_TIME).date()
    as_of = asked.as_of or usual_day(features, settings.as_of, today)
    report = [words.say("models", "heading", as_of=as_of.isoformat(), who=asked.who)]
    if as_of != (asked.as_of or settings.as_of or today):
        report.append(words.say("models", "day_of_demonstration"))
    _tell(asked, "\n".join(report))
    kept = []
    for one in run_rules(
        rules,
        features,
        findings,
        as_of,
        who=asked.who,
        why=asked.why,
        recorded_at=datetime.now(UTC),
        numbers=numbers,
        told=_progress(words, asked),
        cases=None if asked.trial else _open_cases(asked.cases or settings.cases_url),
    ):
        lines = report_lines(one, words)
        _tell(asked, "\n".join(lines))
        report += lines
        kept.append(one)
    if not asked.trial:
        runs = ", ".join(one.run_id for one in kept if one.run_id)
        note_command("detect", items=runs, place=shown_place(asked.store or ""))
    report.append(_summary(kept, words))
    _tell(asked, report[-1])
    plain = json.dumps(_as_plain(kept, as_of, findings), ensure_ascii=False, default=str)
    if asked.json:
        print(plain)
    if asked.report:
        file = Path(asked.report)
        is_json = file.suffix == ".json"
        file.write_text(plain if is_json else "\n".join(report) + "\n", "utf-8")
        _tell(asked, words.say("models", "report_written", file=file))
    return DONE if all(one.has_run for one in kept) else DIFFERS


def _open_cases(url: str) -> CaseStore | None:
    """Return the cases that a list is made of, None where no file of cases was ever begun."""
    scheme, _, place = url.partition(":")
    return None if scheme == "sqlite" and not Path(place).exists() else open_cases(url)


def report_lines(kept: Kept, words: Words) -> list[str]:
    """Return what came of one rule, in words."""
    rule, run = kept.rule, kept.run
    title = rule.title.says(words.language)
    if run is None:
        text = _say_error(kept.trouble, words) if kept.trouble else ""
        return [words.say("models", "trouble", title=title, rule=rule.id, text=text)]
    key = "trial" if not kept.run_id else "ran" if kept.has_run else "not_run"
    if key == "ran" and kept.count("first") == len(run.findings):
        key = "first"
    facts = {name: f"{kept.count(name):,}" for name in ("new", "changed", "gone")}
    head = words.say(
        "models",
        key if kept.has_run or kept.run_id else "not_run",
        title=title,
        rule=rule.id,
        version=rule.version,
        found=f"{len(run.findings):,}",
        run=kept.run_id or "-",
        **facts,
    )
    lines = [head]
    if run.changed:
        numbers = ", ".join(f"{name}={run.numbers[name]:g}" for name in run.changed)
        lines.append(words.say("models", "changed_numbers", numbers=numbers))
    for one in run.inputs:
        told = {**asdict(one), "table": _title(one.table, words), "source": one.source_name or "-"}
        lines.append(words.say("models", "input", **told))
    for lack in run.lacks:
        reason = say_lack(lack, words)
        kind = "lack" if lack.is_required else "optional"
        lines.append(words.say("models", kind, table=_title(lack.table, words), reason=reason))
    if len(run.doubts):
        lines.append(words.say("models", "doubts", count=len(run.doubts)))
    return lines


def say_lack(lack: Lack, words: Words) -> str:
    """Return why a list cannot be used, and what to do."""
    return words.say(
        "lacks",
        lack.reason,
        data_on=lack.data_on or "-",
        limit_on=lack.limit_on or "-",
        columns=", ".join(lack.columns),
    )


def _summary(kept: Sequence[Kept], words: Words) -> str:
    ran = sum(one.has_run for one in kept)
    found = sum(len(one.run.findings) for one in kept if one.run)
    return words.say(
        "models",
        "summary",
        rules=len(kept),
        ran=ran,
        failed=len(kept) - ran,
        found=f"{found:,}",
    )


def _as_plain(kept: Sequence[Kept], as_of: date, findings: FindingStore | None) -> dict[str, Any]:
    rules = []
    for one in kept:
        told: dict[str, Any] = {"rule": one.rule.id, "version": one.rule.version}
        told |= {"run": one.run_id, "has_run": one.has_run}
        if one.trouble:
            told |= {"error": type(one.trouble).__name__, "facts": one.trouble.facts}
        if one.run:
            told |= {
                "numbers": dict(one.run.numbers),
                "changed_numbers": list(one.run.changed),
                "inputs": [asdict(each) for each in one.run.inputs],
                "lacks": [asdict(each) for each in one.run.lacks],
                "findings": [
                    {"id": each.id, "facts_id": each.facts_id, **finding_to_plain(each)}
                    for each in one.run.findings
                ],
            }
            counts = {name: one.count(name) for name in ("first", "new", "changed", "unchanged")}
            told |= {**counts, "gone": one.count("gone")}
        if findings is not None and one.run_id:
            told["doubts"] = doubts_of(findings.run(one.run_id))
        rules.append(told)
    return {"as_of": as_of.isoformat(), "rules": rules}


def _read_set(asked: argparse.Namespace) -> dict[str, float]:
    """Return the parameters given; raise SetNotUnderstood."""
    numbers = {}
    for pair in asked.set:
        name, equals, value = pair.partition("=")
        try:
            numbers[name.strip()] = float(value)
        except ValueError:
            equals = ""
        if not equals or not asked.rule:
            raise SetNotUnderstood(given=pair)
    return numbers


# ---------------------------------------------------------------------- seal, replay


def run_seal(asked: argparse.Namespace, words: Words) -> int:
    """Seal one run into a file and say its hash."""
    settings = read_settings()
    findings = open_findings(asked.findings or settings.findings_url)
    if bool(asked.number) == bool(asked.rule):
        raise NothingAsked(known=", ".join(rule.id for rule in all_rules()))
    record = findings.run(asked.number or _newest(findings, find_rule(asked.rule).id))
    if not record.has_run:
        raise NoRunYet(rule=record.rule)
    features = open_features(asked.store or settings.features_url)
    content = seal(record, findings.found(record.id), features)
    note_command("seal", file=Path(asked.out).name, items=record.id)
    Path(asked.out).write_bytes(content)
    facts = {
        "run": record.id,
        "rule": record.rule,
        "as_of": record.as_of.isoformat(),
        "found": record.found,
        "file": asked.out,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    print(json.dumps(facts) if asked.json else words.say("models", "sealed", **facts))
    return DONE


def _newest(findings: FindingStore, rule: str) -> str:
    made = [one.id for one in findings.runs(rule) if one.has_run]
    if not made:
        raise NoRunYet(rule=rule)
    return made[-1]


def run_replay(asked: argparse.Namespace, words: Words) -> int:
    """Run a sealed run again, and say that nothing differs or exactly what does."""
    against = _open_against(asked.against, read_settings()) if asked.against else None
    done = replay(Path(asked.file), against)
    now = inputs_now(done.sealed, against) if against is not None else ()
    if asked.json:
        print(json.dumps(_replay_as_plain(done, now), ensure_ascii=False, default=str))
        return DONE if done.is_same else DIFFERS
    for line in (*replay_lines(done, words), *_against_lines(now, asked.against, words)):
        print(line)
    return DONE if done.is_same else DIFFERS


def replay_lines(done: Replay, words: Words) -> list[str]:
    """Return what a replay showed, in words."""
    run = done.sealed.run
    rule = f"{find_rule(run.rule).title.says(words.language)} ({run.rule})"
    facts = {"rule": rule, "as_of": run.as_of.isoformat(), "version": run.version}
    lines = []
    if done.version != run.version:
        lines.append(words.say("models", "other_version", sealed=run.version, now=done.version))
    if done.code != done.sealed.code:
        lines.append(words.say("models", "other_code", sealed=done.sealed.code, now=done.code))
    if done.lacking:
        tables = ", ".join(_title(one, words) for one in done.lacking)
        return [*lines, words.say("models", "lacking", tables=tables)]
    if done.is_same:
        return [*lines, words.say("models", "replayed", found=len(run.findings), **facts)]
    lines.append(words.say("models", "differs", count=len(done.differences), **facts))
    return lines + [_say_difference(one, words) for one in done.differences]


def _subject(finding: Finding) -> str:
    return finding.rows[0].id if finding.rows else finding.township


def _say_difference(one: Difference, words: Words) -> str:
    changes = "; ".join(
        words.say(
            "models",
            "change",
            name=change.name,
            before=say_fact(change.before),
            after=say_fact(change.after),
        )
        for change in one.changes
    )
    name = f"{one.finding.outcome} {one.finding.name} ({_subject(one.finding)})"
    return words.say("models", one.what, name=name, changes=changes)


def _against_lines(now: Sequence[InputNow], place: str, words: Words) -> list[str]:
    if not now:
        return []
    lines = [words.say("models", "against", place=place)]
    for one in now:
        has_counts = one.added or one.changed or one.removed
        key = "other" if one.state == "changed" and not has_counts else one.state
        facts = {**asdict(one), "table": _title(one.table, words)}
        lines.append(words.say("models", f"input_{key}", **facts))
    return lines


def _replay_as_plain(done: Replay, now: Sequence[InputNow]) -> dict[str, Any]:
    return {
        "is_same": done.is_same,
        "rule": done.sealed.run.rule,
        "run": done.sealed.run_id,
        "version": {"sealed": done.sealed.run.version, "now": done.version},
        "code": {"sealed": done.sealed.code, "now": done.code},
        "lacking": list(done.lacking),
        "differences": [
            {
                "what": one.what,
                "id": one.finding.id,
                "outcome": one.finding.outcome,
                "subject": _subject(one.finding),
                "changes": [asdict(change) for change in one.changes],
            }
            for one in done.differences
        ],
        "inputs": [asdict(one) for one in now],
    }


def _open_against(place: str, settings: Settings) -> FeatureStore:
    if place == HERE:
        return open_features(settings.features_url)
    if ":" in place[2:]:
        return open_features(place)
    return open_features(Settings(data_folder=Path(place)).features_url)


# --------------------------------------------------------------------------- words


def _title(table: str, words: Words) -> str:
    try:
        return f"{find_table(table).title.says(words.language)} ({table})"
    except GeodataError:
        return table


def _say_error(error: GeodataError, words: Words) -> str:
    name = type(error).__name__
    if name in words.sections["model_errors"]:
        return words.say("model_errors", name, **error.facts)
    return words.say_error(error)


def _progress(words: Words, asked: argparse.Namespace) -> Callable[[str, int, int], None]:
    """Return what tells how far the rules are: on a terminal only, the rule by its title."""
    titles = {rule.id: rule.title.says(words.language) for rule in all_rules()}
    return progress(words, asked, "models", names=titles)


def _tell(asked: argparse.Namespace, text: str) -> None:
    if not asked.json:
        print(text)


def _parser(words: Words) -> argparse.ArgumentParser:
    def told(key: str) -> str:
        return words.say("model_help", key).replace("%", "%%")

    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help=told("json"))
    shared.add_argument("--language", choices=("zh", "en"), help=told("language"))
    shared.add_argument("--store", metavar="URL", help=told("store"))
    shared.add_argument("--findings", metavar="URL", help=told("findings"))
    shared.add_argument("--cases", metavar="URL", help=told("cases"))
    parser = argparse.ArgumentParser(prog="python -m layers", description=told("program"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    user = os.environ.get("USER") or os.environ.get("USERNAME") or "-"
    detecting = commands.add_parser("detect", parents=[shared], help=told("detect"))
    detecting.add_argument("--all", action="store_true", help=told("all"))
    detecting.add_argument("--rule", metavar="ID", help=told("rule"))
    detecting.add_argument("--as-of", type=date.fromisoformat, metavar="DAY", help=told("as_of"))
    detecting.add_argument(
        "--set", nargs="+", action="extend", default=[], metavar="A=B", help=told("set")
    )
    detecting.add_argument("--trial", action="store_true", help=told("trial"))
    detecting.add_argument("--report", metavar="FILE", help=told("report"))
    detecting.add_argument("--who", default=user, metavar="NAME", help=told("who"))
    detecting.add_argument("--why", default="", metavar="TEXT", help=told("why"))
    detecting.set_defaults(run=run_detect)
    sealing = commands.add_parser("seal", parents=[shared], help=told("seal"))
    sealing.add_argument("number", nargs="?", metavar="RUN", help=told("run"))
    sealing.add_argument("--rule", metavar="ID", help=told("newest"))
    sealing.add_argument("-o", "--out", required=True, metavar="FILE", help=told("out"))
    sealing.set_defaults(run=run_seal)
    replaying = commands.add_parser("replay", parents=[shared], help=told("replay"))
    replaying.add_argument("file", metavar="FILE", help=told("file"))
    replaying.add_argument("--against", metavar="STORE", help=told("against"))
    replaying.set_defaults(run=run_replay)
    return parser


if __name__ == "__main__":
    sys.exit(main())
