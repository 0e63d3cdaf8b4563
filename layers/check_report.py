"""What a check found in a file, as tables: every problem in words, the facts, the bad rows."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from geodata.intake import Understood, preview, refused_rows
from geodata.model import Language, Title
from geodata.problems import Problem
from geodata.wording import Words
from layers.imprint import Imprint
from layers.sheets import Look, render_xlsx

ROW, COLUMN, VALUE = Title("行", "Row"), Title("列", "Column"), Title("值", "Value")
REASON, REMEDY = Title("原因", "Reason"), Title("怎么改", "Remedy")
SEVERITY, COUNT = Title("程度", "Severity"), Title("行数", "Rows")
SEVERITIES = {
    "error": Title("错误，未写入", "Error, stays out"),
    "warning": Title("提醒，照常写入", "Warning, goes in"),
}
WHOLE_FILE = Title("整个文件", "Whole file")
PROBLEMS, SUMMARY, BAD_ROWS = (
    Title("问题", "Problems"),
    Title("概要", "Summary"),
    Title("有问题的行", "Bad rows"),
)
FACTS = {
    "file": Title("文件", "File"),
    "sha256": Title("文件校验值 SHA-256", "SHA-256 of the file"),
    "format": Title("格式", "Format"),
    "encoding": Title("文字编码", "Text encoding"),
    "part": Title("工作表或图层", "Sheet or layer in the file"),
    "layer": Title("写入图层", "Into the layer"),
    "declared": Title("文件声明的坐标系", "System the file declares"),
    "system": Title("采用的坐标系", "System taken"),
    "columns": Title("列对应", "Columns"),
    "unmapped": Title("未写入的列", "Columns not stored"),
    "read": Title("读入行数", "Rows read"),
    "good": Title("可写入行数", "Rows that go in"),
    "bad": Title("有问题的行数", "Rows that stay out"),
}


def tabulate_problems(
    problems: Sequence[Problem], words: Words, headings: Mapping[str, str]
) -> pd.DataFrame:
    """Return one line per problem: row (blank for the whole file), column, value, reason, remedy.

    `headings` name the columns as the file does; the reasons are in the language of `words`.
    """
    language = words.language
    lines = [
        (
            one.row or None,
            headings.get(one.column, one.column) if one.row else WHOLE_FILE.says(language),
            words.offices.get(one.value, one.value)[:200],
            words.say_reason(one),
            words.say("remedies", one.remedy),
            SEVERITIES[one.severity].says(language),
        )
        for one in problems
    ]
    titles = (ROW, COLUMN, VALUE, REASON, REMEDY, SEVERITY)
    frame = pd.DataFrame(lines, columns=[title.says(language) for title in titles])
    return frame.astype({ROW.says(language): "Int64"})


def count_reasons(problems: Sequence[Problem], words: Words) -> pd.DataFrame:
    """Return how many rows have each kind of problem, errors first, the most frequent first."""
    rows = {(one.severity, one.reason, one.row) for one in problems}
    counts = Counter((severity, reason) for severity, reason, _ in rows)
    order = sorted(counts, key=lambda one: (one[0] != "error", -counts[one], one[1]))
    lines = [
        (
            SEVERITIES[severity].says(words.language),
            name_reason(reason, words),
            counts[severity, reason],
        )
        for severity, reason in order
    ]
    titles = (SEVERITY, REASON, COUNT)
    return pd.DataFrame(lines, columns=[title.says(words.language) for title in titles])


def name_reason(reason: str, words: Words) -> str:
    """Return a reason without the facts of one row."""
    return words.say("kinds_of_problem", reason)


def render_report(
    understood: Understood, layer_title: str, words: Words, imprint: Imprint
) -> bytes:
    """Return the check report as a workbook: problems, summary, and the rows that stay out."""
    language, headings = words.language, words.headings(understood.schema, understood.mapping)
    problems = understood.checked.problems
    facts = _facts(understood, layer_title, language)
    summary = pd.DataFrame(
        [(FACTS[name].says(language), value) for name, value in facts.items()],
        columns=[SUMMARY.says(language), " "],
    )
    counted = count_reasons(problems, words)
    sheets = {
        PROBLEMS.says(language): tabulate_problems(problems, words, headings),
        SUMMARY.says(language): summary,
        REASON.says(language): counted,
        BAD_ROWS.says(language): bad_rows(understood, words),
    }
    look = Look(widths={REASON.says(language): 48, REMEDY.says(language): 36, " ": 60})
    return render_xlsx(sheets, imprint, language, look=look)


def bad_rows(understood: Understood, words: Words) -> pd.DataFrame:
    """Return the rows that stay out as the file has them, with their reasons in words."""
    headings = words.headings(understood.schema, understood.mapping)
    return refused_rows(
        understood,
        lambda one: f"{headings.get(one.column, one.column)}: {words.say_reason(one)}",
    )


def _facts(understood: Understood, layer_title: str, language: Language) -> dict[str, object]:
    table, intake = understood.table, preview(understood)
    titles = {one.id: one.title.says(language) for one in understood.schema.columns}
    pairs = (f"{column} → {titles.get(to, to)}" for column, to in understood.mapping.items())
    comma = "、" if language == "zh" else ", "
    return {
        "file": table.source_name,
        "sha256": table.source_sha256,
        "format": table.format,
        "encoding": table.encoding,
        "part": table.layer,
        "layer": layer_title,
        "declared": table.declared_system or "—",
        "system": understood.system or "—",
        "columns": comma.join(pairs),
        "unmapped": comma.join(understood.unmapped) or "—",
        "read": intake.rows_read,
        "good": intake.rows_written,
        "bad": intake.rows_refused,
    }
