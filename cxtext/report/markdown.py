"""The report as Markdown, for mail, chat and Prefect artifacts: the same content, without charts."""

import re
from collections.abc import Iterable, Sequence

from cxtext.report.parts import Action, Content, Grid, Line, Theme, Turns
from cxtext.report.words import count, decimal, numeral, plain, sentence

ACTIVE = re.compile(r"([\\`*_{}\[\]#|~^$])")
INNER_DOT = re.compile(r"(?<=\w)\.(?=[^\W\d])")  # `evil.example`, `www.`: what some renderers turn into links
AT_START = re.compile(r"^(\d+[.)](?=\s|$)|[-+=])")
BLOCKS = "▁▂▃▄▅▆▇█"


def escape(text: str) -> str:
    """A stranger's text as Markdown that shows it letter by letter: no link, image, HTML, mention or table break.

    Addresses are defused as well as escaped, since some renderers find links in what escapes leave behind.
    """
    line = plain(text).replace("://", ": //").replace("@", "\uff20")
    line = ACTIVE.sub(r"\\\1", line)
    line = INNER_DOT.sub(r"\\.", line)
    line = AT_START.sub(lambda found: found[0][:-1] + "\\" + found[0][-1], line)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render_markdown(content: Content) -> str:
    """The whole report; the same bytes for the same content."""
    parts = [
        f"# {escape(content.headline)}",
        f"**{escape(content.company)}** · Voice of the customer · {escape(content.date)}",
        escape(content.standfirst),
        *(f"> **Warning** {escape(warning)}" for warning in (*content.intake.warnings, *content.trust.warnings)),
        *_actions(content),
        *_figures(content),
        "## What changed",
        *([content.no_turns] if content.no_turns else (part for group in content.turns for part in _turns(group))),
        *_remarks(content),
        *_causes(content),
        *_themes(content),
        *_scores(content),
        *_accounts(content),
        *_read(content),
        *_sure(content),
        "## How each figure is made",
        *(f"**{escape(name)}.** {escape(words)}" for name, words in content.method),
        escape(f"{content.company} · run {content.run} · cxtext {content.version} · texts are redacted"),
    ]
    return "\n\n".join(parts) + "\n"


def _actions(content: Content) -> list[str]:
    if not content.actions:
        return ["## Nothing to act on", "No theme is made of mostly dissatisfied documents."]
    n = len(content.actions)
    heading = f"## {sentence(numeral(n))} thing{'s' if n > 1 else ''} to act on"
    return [heading, "\n".join(_action(index, action) for index, action in enumerate(content.actions, start=1))]


def _action(index: int, action: Action) -> str:
    quote = f" “{escape(action.quote)}”" if action.quote else ""
    return (
        f"{index}. **{escape(action.label)}** ({action.kind.lower()}). {escape(action.figures)} "
        f"{escape(action.reason)}{quote} **Who should act: {escape(action.owner)}.**"
    )


def _figures(content: Content) -> list[str]:
    if not content.figures:
        return []
    rows = [(figure.name, figure.value, figure.change, figure.note) for figure in content.figures]
    return ["## Key figures", _table(("Figure", "Value", "Change", "Meaning"), rows, right={1})]


def _turns(group: Turns) -> list[str]:
    if not group.turns:
        return [f"### {group.name}", group.empty]
    rows = [
        f"- **{escape(turn.label)}** {_spark(turn.line)} {escape(turn.sentence)} Found {escape(turn.found)}."
        for turn in group.turns
    ]
    more = [f"- And {group.more} more."] if group.more else []
    return [f"### {group.name}", "\n".join([*rows, *more])]


def _remarks(content: Content) -> list[str]:
    if not content.remarks:
        return []
    return ["### Themes that changed their shape", "\n".join(f"- {escape(remark)}" for remark in content.remarks)]


def _causes(content: Content) -> list[str]:
    if not content.origins:
        return ["## What caused it", "No document has a verdict yet, so no cause can be counted."]
    origins = [
        (origin.name, origin.documents, f"{origin.share} ({origin.interval})", origin.before, origin.change)
        for origin in content.origins
    ]
    causes = [
        (cause.name, cause.origin, cause.documents, cause.share, cause.change, cause.owner, cause.quote)
        for cause in content.causes
    ]
    return [
        "## What caused it",
        f"Origin of the main cause: share of analysed documents of {content.period}{content.against} (95% interval).",
        _table(("Origin", "Documents", "Share", "Before", "Change"), origins, right={1, 2, 3}),
        f"{content.causes_caption}.",
        _table(
            ("Cause", "Origin", "Documents", "Share", "Change", "Who can end it", "In their words"),
            causes,
            right={2, 3},
        ),
    ]


def _themes(content: Content) -> list[str]:
    if not content.themes:
        return ["## Top themes", "No theme has been found yet."]
    columns = ("Theme", "Status", "By week", "7 days", "4 weeks", "Total", "Share", "Leading cause", "Score")
    rows = [_theme(theme) for theme in content.themes]
    parts = ["## Top themes", _table(columns, rows, right={3, 4, 5, 6})]
    parts += [part for theme in content.themes for part in _verbatims(theme)]
    if content.other_themes:
        parts.append(f"{len(content.other_themes)} further themes stand on the page and in the table `themes`.")
    return [*parts, *filter(None, (content.muted,))]


def _theme(theme: Theme) -> tuple[str, ...]:
    figures = (theme.last_week, theme.recent, theme.documents, theme.share)
    cause, score = f"{theme.cause} {_bracketed(theme.cause_note)}", f"{theme.score} {_bracketed(theme.score_note)}"
    status = ", ".join(filter(None, (theme.status, theme.marks)))
    return (theme.label, status, _spark(theme.line), *figures, cause, score)


def _bracketed(note: str) -> str:
    return f"({note})" if note else ""


def _verbatims(theme: Theme) -> list[str]:
    if not theme.quotes:
        return []
    about = "; ".join(filter(None, (theme.keywords, theme.products)))
    quotes = "\n>\n".join(f"> “{escape(quote.text)}” {escape(_bracketed(quote.origin))}" for quote in theme.quotes)
    return [f"**{escape(theme.label)}**: {escape(about)}", quotes]


def _scores(content: Content) -> list[str]:
    parts = []
    for score in content.scores:
        rows = [
            (
                point.label,
                "too few" if point.value is None else decimal(point.value, score.line.digits) + score.line.suffix,
                "–" if point.low is None or point.high is None else f"{count(point.low)} to {count(point.high)}",
                point.note,
            )
            for point in score.line.points
        ]
        change = f", {score.figure.change}" if score.figure.change else ""
        parts += [
            f"### {escape(score.name)}: {score.figure.value}{escape(change)}",
            escape(sentence(score.figure.note)) + ".",
            _table(("Week of", score.name, "95% interval", "Answers"), rows, right={1, 2, 3}),
        ]
    return ["## Scores", *parts] if parts else []


def _accounts(content: Content) -> list[str]:
    if not content.accounts:
        return []
    rows = [(account.name, account.recent, account.before, account.theme) for account in content.accounts]
    columns = ("Account", "Dissatisfied documents", "Four weeks before", "Main theme")
    return ["## Accounts hit hardest", _table(columns, rows, right={1, 2})]


def _read(content: Content) -> list[str]:
    return [
        "## What was read",
        f"**{escape(content.intake.equation)}**",
        escape(f"This run covers {content.window}. {content.intake.held}"),
        *(part for grid in content.intake.grids for part in _grid(grid)),
    ]


def _sure(content: Content) -> list[str]:
    lines = [f"- {escape(figure.name)}: {figure.value} ({escape(figure.note)})" for figure in content.trust.figures]
    told = "\n".join(lines) or "There is no document to be sure or unsure about."
    models = [part for grid in content.trust.models for part in _grid(grid)]
    remarks = [escape(remark) for remark in (*content.trust.warnings, *content.trust.remarks)]
    return ["## How sure the models are", told, *remarks, *(models or ["No model has published its measurements."])]


def _grid(grid: Grid) -> list[str]:
    heading = f"### {escape(grid.title)}"
    if not grid.rows:
        return [heading, grid.empty]
    return [heading, _table(grid.columns, grid.rows, right=set(range(1, len(grid.columns))))]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: set[int]) -> str:
    rule = ["---:" if index in right else "---" for index in range(len(columns))]
    body = [[escape(cell) or " " for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [[escape(c) for c in columns], rule, *body])


def _spark(line: Line | None) -> str:
    """The line in block letters, one a week."""
    if line is None:
        return ""
    values = [point.value or 0.0 for point in line.points]
    top = max(values, default=0.0) or 1.0
    return "".join(BLOCKS[round(value / top * (len(BLOCKS) - 1))] for value in values)
