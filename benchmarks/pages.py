"""Results go into a page between two marks, so that a page is renewed by the command that measures."""

import re
from pathlib import Path


def put_into(page: Path, mark: str, text: str) -> None:
    """Replace what stands between `<!-- MARK: begin -->` and `<!-- MARK: end -->`. Exits where they are missing."""
    between = re.compile(rf"(<!-- {mark}: begin -->\n).*?(<!-- {mark}: end -->)", re.DOTALL)
    renewed, count = between.subn(lambda found: f"{found[1]}\n{text.strip()}\n\n{found[2]}", page.read_text("utf-8"))
    if count != 1:
        raise SystemExit(
            f"error: {page}: the marks <!-- {mark}: begin --> and <!-- {mark}: end --> must stand in it once"
        )
    page.write_text(renewed, "utf-8")
