"""Who wrote each text of the demo, to whom, and through which system it came."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from cxtext.demo.lives import Text, dates, seeded

SOURCES = ("tickets", "mail", "chats", "nps", "csat", "notes")  # as feed/cxtext.toml names them

TEAMS = {  # who answers a theme's consumers; the others are shared by Chat and Phones
    "agent_rude": "Phones",
    "app_pairing": "Chat",
    "aqua_leak": "Field Service",
    "cancel_hard": "Phones",
    "double_charge": "Billing",
    "engineer_no_show": "Field Service",
    "filter_late": "Chat",
    "hold_time": "Phones",
    "praise_engineer": "Field Service",
    "price_increase": "Billing",
    "promo_first_free": "Billing",
    "refund_limit": "Returns",
    "smell_plastic": "Returns",
    "warranty_contradiction": "Returns",
    "wrong_filter_ordered": "Returns",
}
FIRST_NAMES = (
    "Aaron Alison Amina Andrew Angela Brian Carys Chloe Craig Diane Elaine Faisal Gillian Graham Hazel Ian Iwona "
    "Jasmine Karen Kieran Leah Lloyd Maggie Marek Maura Nina Oliver Paula Rashid Rhona Ross Sandra Siobhan Terry Una "
    "Vanessa Wayne Yasmin"
)
SURNAMES = (
    "Allsop Atherton Begum Bostock Calder Cheung Cleary Cowley Dacre Dunne Eastwood Fairhurst Fenton Garside Gill "
    "Halloran Haworth Hussain Ingham Jessop Kaur Kearney Lockwood Lowe Madden Mistry Nuttall Oakley Okoro Pearce "
    "Pickup Quigley Ramsden Shaw Sheridan Tattersall Threadgold Underhill Varley Wainwright Whelan Yates"
)
MAILBOXES = ("inbox", "postbox", "quickpost", "homepost", "webpost", "brightmail", "villagepost", "mailhaus")

ADDRESS = re.compile(r"[\w.\-]+@(?!tidewell\b)[\w\-]+\.example")
QUOTE = re.compile(r"^(?:>|On .{5,80}wrote:|From:|-----Original)", re.M)
APOSTROPHE = "'"
ID_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Contact:
    """One text as one person sent it: a row of one export. `fault` names what is wrong with the row."""

    source: str
    text: Text
    body: str
    written: datetime
    team: str
    sender: str
    address: str
    fault: str | None = None
    native_id: str = ""

    @property
    def document_id(self) -> str:
        """The id that the program gives it."""
        return f"{self.source}:{self.native_id}"


def contacts_of(texts: Sequence[Text], account_names: Mapping[str, str], seed: int) -> list[Contact]:
    """Every text with its source, time, team and sender; ids come when all are in order."""
    contacts = []
    for index, (text, written) in enumerate(zip(texts, dates(texts, seed), strict=True)):
        chance = seeded(seed, f"contact:{index}")
        sender = full_name(text.get("sender"), chance)
        address = address_of(text, sender, account_names.get(text.get("account", "")), chance)
        team = text.get("team") or team_of(text, chance)
        contacts.append(Contact(source_of(text), text, text["body"], written, team, sender, address))
    return contacts


def with_ids(contacts: Sequence[Contact], seed: int) -> list[Contact]:
    """The contacts in the order in which they came, with the ids that their systems give."""
    chance = seeded(seed, "ids")
    serial = {"tickets": 90_204, "csat": 40_017, "notes": 211}
    numbered = []
    for each in sorted(contacts, key=lambda each: (each.written, each.text["theme"], each.body)):
        if each.source in serial:
            serial[each.source] += chance.randint(1, 6)
        numbered.append(replace(each, native_id=_native_id(each, serial, chance)))
    return numbered


def source_of(text: Text) -> str:
    """The export in which a text arrives. A mail with a score became a ticket: mailboxes keep no scores."""
    if text["kind"] == "survey":
        return str(text["score_kind"])
    if text["kind"] == "mail":
        return "mail" if text["score"] is None else "tickets"
    return {"ticket": "tickets", "chat": "chats", "employee": "notes"}[text["kind"]]


def team_of(text: Text, chance: Random) -> str:
    """The team that answered: the Business Desk its customers, Chat most chats, else the theme's team."""
    if text["business"] and chance.random() < 0.8:
        return "Business Desk"
    if text["kind"] == "chat" and chance.random() < 0.75:
        return "Chat"
    return TEAMS.get(text["theme"]) or chance.choice(("Chat", "Phones"))


def full_name(signed: str | None, chance: Random) -> str:
    """The name on the account: as signed, completed where a first name is all there is."""
    first_name, surname = chance.choice(FIRST_NAMES.split()), chance.choice(SURNAMES.split())
    if signed is None:
        return f"{first_name} {surname}"
    return signed if " " in signed else f"{signed} {surname}"


def address_of(text: Text, sender: str, company: str | None, chance: Random) -> str:
    """The sender's mail address: the one that the text gives, else one made of the name."""
    quote = QUOTE.search(text["body"])
    given = ADDRESS.findall(text["body"][: quote.start()] if quote else text["body"])
    domain = _domain(company) if company else chance.choice(MAILBOXES)
    if len(given) == 1:
        return str(given[0])
    return f"{'.'.join(re.findall(r'[a-z-]+', _ascii(sender).replace(APOSTROPHE, '')))}@{domain}.example"


def _domain(company: str) -> str:
    words = re.sub(r"\(.*?\)|^The ", "", company).replace("&", "and").split()
    return re.sub(r"[^a-z]", "", _ascii("".join(words[: 3 if words[1:2] == ["and"] else 2])))


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def _native_id(each: Contact, serial: Mapping[str, int], chance: Random) -> str:
    match each.source:
        case "mail":
            return f"{each.written:%Y%m%d%H%M%S}.{chance.randrange(16**6):06X}.mx1"
        case "chats":
            return f"C{each.written:%y%m%d}-{chance.randrange(16**5):05x}"
        case "nps":
            return "R_" + "".join(chance.choices(ID_LETTERS, k=15))
        case "csat":
            return f"CS-{serial['csat']}"
        case "notes":
            return f"N-{serial['notes']:05}"
    return str(serial[each.source])
