"""The demo feed: ten weeks of the fictional company Tidewell, 2026-01-05 to 2026-03-15.

Tidewell sells connected home comfort in the United Kingdom and Ireland: an air purifier, a water softener, a
thermostat, an app, and a plan that posts filters. `feed/` holds what its systems export every night (help-desk
tickets, a mailbox, chats, two surveys, notes of employees, the business accounts) with the faults that such exports
have, and the `cxtext.toml` that reads it. `truth.json` says what is hidden in it: the theme of every document, the
days on which themes begin, surge, end and return, and how many faults were planted. The program never reads it.

`texts.jsonl` is the source of it all; `python -m cxtext.demo.build` makes the rest.
"""

from pathlib import Path


def feed_folder() -> Path:
    """The folder of the demo feed: its raw files and their `cxtext.toml`."""
    return Path(__file__).parent / "feed"
