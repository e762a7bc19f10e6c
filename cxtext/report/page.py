"""The report as one page of HTML: no script, no network, safe to open from anywhere."""

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cxtext.report.charts import line_chart, sparkline, stacked_chart
from cxtext.report.parts import Content
from cxtext.report.words import count, decimal, numeral, sentence


def render_html(content: Content) -> str:
    """The page: escaped throughout, the same bytes for the same content."""
    environment = _environment()
    style = Markup(environment.get_template("page.css").render())  # noqa: S704 (our own file, nothing of a ticket in it)
    return environment.get_template("page.html").render(content=content, style=style)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cxtext.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"count": count, "decimal": decimal, "numeral": numeral, "sentence": sentence}
    environment.globals |= {"line_chart": line_chart, "sparkline": sparkline, "stacked_chart": stacked_chart}
    return environment
