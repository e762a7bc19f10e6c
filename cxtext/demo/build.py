"""Makes the demo feed and its truth file from `texts.jsonl`: `python -m cxtext.demo.build`.

All chance hangs on `SEED`: the same texts give the same bytes. `feed/cxtext.toml` and `feed/accounts.csv` are kept
by hand. Needs openpyxl, which cxtext itself does not.

A line of `texts.jsonl` is what somebody wrote: `theme`, `kind`, `subject`, `body`, `score`, `score_kind`, `product`,
`stage`, `business`. Where it matters it also has `after` and `before` (its own words allow no other days), `at` (it
names the time), `sender` (how it is signed), `account`, `team` (of an employee), and `later` (what the customer adds
to the ticket some days on).
"""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from cxtext.demo import exports
from cxtext.demo.contacts import SOURCES, Contact, contacts_of, with_ids
from cxtext.demo.damage import plant
from cxtext.demo.lives import EVENTS, Text

SEED = 2026
HERE = Path(__file__).parent


def build(folder: Path) -> None:
    """Write the exports into `folder/feed` and the truth into `folder/truth.json`."""
    contacts, planted = plant(contacts_of(read_texts(), account_names(), SEED), SEED)
    contacts = with_ids(contacts, SEED)
    by_source = {source: [each for each in contacts if each.source == source] for source in SOURCES}
    feed = folder / "feed"
    feed.mkdir(parents=True, exist_ok=True)
    planted.update(exports.write_tickets(feed / "tickets.jsonl", by_source["tickets"], SEED))
    exports.write_mail(feed / "mail.csv", by_source["mail"])
    exports.write_chats(feed / "chats.parquet", by_source["chats"])
    exports.write_nps(feed / "surveys.xlsx", by_source["nps"])
    exports.write_csat(feed / "csat.csv", by_source["csat"])
    exports.write_notes(feed / "employee_notes.csv", by_source["notes"])
    write_truth(folder / "truth.json", contacts, planted)


def read_texts() -> list[Text]:
    """The texts that the feed is made of."""
    return [json.loads(line) for line in (HERE / "texts.jsonl").read_text("utf-8").splitlines()]


def account_names() -> dict[str, str]:
    """The names of the business accounts by their ids."""
    with (HERE / "feed" / "accounts.csv").open(encoding="utf-8", newline="") as stream:
        return {row["account_id"]: row["name"] for row in csv.DictReader(stream)}


def write_truth(path: Path, contacts: Sequence[Contact], planted: Mapping[str, int]) -> None:
    """What the program should find: the theme of every document, the events, and the faults by number."""
    truth = {
        "documents": {each.document_id: each.text["theme"] for each in contacts if each.fault is None},
        "events": [{"theme": theme, "event": event, "day": day} for theme, event, day in EVENTS],
        "planted": dict(sorted(planted.items())),
    }
    path.write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    build(HERE)
