"""The fields beside the text: they are published too, and people write of people in them."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from cxtext.redact import Redactor

Rewrite = Callable[[Sequence[str], "Redactor"], Iterable[str]]


def redact_fields(documents: pd.DataFrame, redactor: "Redactor") -> None:
    """Take personal data out of teams, products, stages and accounts, in place; each value is read once."""
    for name, rewrite in FIELDS.items():
        values = sorted(set(documents[name].dropna()))
        published = dict(zip(values, rewrite(values, redactor), strict=True))
        documents[name] = pd.Series(
            [published.get(value) for value in documents[name]], index=documents.index, dtype=object
        )


def _without_any(values: Sequence[str], redactor: "Redactor") -> Iterable[str]:
    return (redacted.text for redacted in redactor.redact_all(values))


def _without_structured(values: Sequence[str], redactor: "Redactor") -> Iterable[str]:
    # products and stages bear people's names: Max, Alexa, Lincoln
    from cxtext.redact.spans import replace

    for value, spans in zip(values, redactor.find_all(values), strict=True):
        yield replace(value, [span for span in spans if span.kind != "PERSON"]).text


def _without_contact(values: Sequence[str], redactor: "Redactor") -> Iterable[str]:
    # companies bear people's names too; an account that is an address or a number stays one account under a hash
    for value, spans in zip(values, redactor.find_all(values), strict=True):
        yield f"account-{_hash(value)}" if any(span.kind != "PERSON" for span in spans) else value


def _hash(value: str) -> str:
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


FIELDS: dict[str, Rewrite] = {
    "team": _without_any,
    "product": _without_structured,
    "stage": _without_structured,
    "account_id": _without_contact,
}
