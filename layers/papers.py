"""Things that need a paper, held against the list of papers: none, run out, or not to be told.

What kitchens and food licences, dischargers and drainage permits have in common.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from layers.records import Row, Told, as_rows, offices_of, pair_facts, rows_of, told_by
from layers.rule import Asked, Fact, Hit


@dataclass(frozen=True)
class Papers:
    """Which lists are compared, by role, and what is said of a thing.

    `number` is the column that bears the number of the paper in both lists, `ask` the question
    that matches what bears none; `grace` is the parameter of days after the last one. A thing
    for which `is_asked` is False needs no paper.
    """

    things: str
    papers: str
    ask: str
    number: str
    missing: str
    expired: str
    to_decide: str
    grace: str
    is_asked: Callable[[Row], bool] = lambda _thing: True

    def judge(self, asked: Asked) -> Iterator[Hit]:
        """Yield things without a valid paper, where the list of papers speaks of their office."""
        papers = {str(one["id"]): one for one in rows_of(asked.tables[self.papers])}
        by_number: dict[tuple[str, str], list[str]] = {}
        for name, one in papers.items():
            by_number.setdefault((one["jurisdiction"], plain(one[self.number])), []).append(name)
        offices = offices_of(asked.tables[self.papers])
        told = told_by(asked.answers[self.ask])
        for thing in rows_of(asked.tables[self.things]):
            if thing["jurisdiction"] not in offices or not self.is_asked(thing):
                continue
            found = told.get(thing["id"], Told())
            number = plain(thing[self.number])
            numbered = by_number.get((thing["jurisdiction"], number), []) if number else []
            sure = [papers[one] for one in sorted({*numbered, *found.sure})]
            yield from self._of_thing(thing, sure, found, asked)

    def _of_thing(self, thing: Row, sure: list[Row], found: Told, asked: Asked) -> Iterator[Hit]:
        subject = (self.things, str(thing["id"]))
        stated: tuple[tuple[str, Fact], ...] = (
            (f"stated_{self.number}", thing[self.number] or None),
        )
        if sure:
            yield from self._expired(subject, sure, stated, asked)
        elif found.unsure:
            pair = _likeliest(asked.answers[self.ask], str(thing["id"]))
            rows = (subject, (self.papers, str(pair["told_id"])))
            yield Hit(self.to_decide, rows, (*stated, *pair_facts(pair)))
        else:
            yield Hit(self.missing, (subject,), stated)

    def _expired(
        self,
        subject: tuple[str, str],
        sure: list[Row],
        stated: tuple[tuple[str, Fact], ...],
        asked: Asked,
    ) -> Iterator[Hit]:
        if any(one["valid_until"] is None for one in sure):
            return  # one without a last day is not known to have ended
        last = max(sure, key=lambda one: (one["valid_until"], one["id"]))
        days = (asked.days[self.papers] - last["valid_until"]).days
        if days > asked.numbers[self.grace]:
            facts = (*stated, ("paper_no", last[self.number]), ("valid_until", last["valid_until"]))
            yield Hit(self.expired, (subject, (self.papers, str(last["id"]))), facts)


def plain(number: str | None) -> str:
    """Return the number of a paper as it is compared.

    >>> plain("ＪＹ 3620-01") == plain("jy362001")
    True
    """
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", number or "")).casefold()


def _likeliest(pairs: pd.DataFrame, thing: str) -> Row:
    open_pairs = pairs[(pairs["first_id"] == thing) & (pairs["verdict"] == "decide")]
    best = open_pairs.sort_values(["bits", "second_id"], ascending=[False, True]).head(1)
    (row,) = as_rows(best)
    return row
