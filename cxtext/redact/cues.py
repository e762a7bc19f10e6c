"""The word before a number says what it is: `card 4532…`, `order 4532…`, `ring 0161…`."""

import re

# kind -> words that announce it. The first alternative that matches wins, so longer phrases stand first; OTHER is
# everything that has numbers and is not personal: what it announces is left alone.
_WORDS: dict[str, tuple[str, ...]] = {
    "OTHER": (
        r"(?:gift|sim|memory|sd|graphics|report|score|rate|green|key) ?-?cards?(?: numbers?)?", r"short ?codes?",
        r"promo(?:tion)? ?codes?", r"(?:licen[cs]e|product|api|activation|serial) keys?", r"employer id",
        r"(?:company|vat|registration|model|part|serial|order|bill|job|flight|reference|ref|request|case|claim|"
        r"ticket|booking|tracking|item|style|lot|batch|policy|fleet|confirmation|invoice|quote|reg) "
        r"?(?:numbers?|nos?\b\.?|nr\.?|ids?|#)",
        r"ad id", r"orders?", r"invoices?", r"inv", r"tickets?", r"refs?", r"reference", r"claims?", r"cases?",
        r"jobs?", r"items?", r"sku", r"serial", r"s/n", r"model", r"parts?", r"style", r"parcels?", r"tracking",
        r"consignment", r"shipment", r"package", r"version", r"firmware", r"fw", r"build", r"patch", r"update",
        r"rma", r"mtcn", r"isbn", r"imei", r"batch", r"lot", r"codes?", r"vouchers?", r"coupons?", r"errors?",
        r"requests?", r"campaign", r"bill", r"policy", r"meter", r"booking", r"pnr", r"reservation", r"confirmation",
        r"vehicle", r"fleet", r"flight", r"plan", r"kit", r"asset", r"ein", r"vat", r"room", r"seat", r"tender",
        r"quote", r"article", r"upc", r"ean", r"barcode", r"docket", r"transaction", r"txn", r"receipt", r"amount",
        r"total", r"price", r"kwh", r"chrome", r"driver version", r"release",
    ),
    "ACCOUNT": (
        r"sort ?codes?", r"s/c", r"routing(?: (?:number|no))?", r"aba", r"bsb",
        r"acc(?:ount|t)?s?(?: (?:number|numbers|no|nr|num))?\.?", r"a/c", r"beneficiary", r"direct debit",
    ),
    "SSN": (
        r"ssn", r"social security(?: (?:number|no|#))?", r"(?:my|his|her|the|your|of) social(?! media)", r"itin",
        r"tax ?payer id",
    ),
    "ID": (
        r"passports?(?: (?:number|no|nr))?", r"(?:driv(?:ing|er['’]?s?) )?licen[cs]e(?: (?:number|no))?", r"dl",
        r"nhs(?: (?:number|no))?", r"national insurance(?: (?:number|no))?", r"ni(?: (?:number|no))?", r"nino",
        r"tax id", r"tin", r"ppsn?", r"pan(?: card)?", r"aadhaar", r"aadhar",
        r"(?:national |identity |personal )?id(?: card| number| no)+", r"identity card",
        r"medicare(?: (?:number|no))?", r"visa (?:number|no)", r"green card", r"alien number", r"national id", r"dni",
        r"nie", r"cpf", r"curp", r"bsn", r"voter id", r"residence permit", r"driver id", r"sin",
    ),
    "CARD": (
        r"(?:credit|debit|bank|fuel|prepaid|payment|corporate)?[ -]?cards?(?: (?:numbers?|no|nr|ending|#))?", r"visa",
        r"master ?card", r"amex", r"american express", r"discover", r"diners(?: club)?", r"maestro", r"cvv", r"cc",
        r"pan",
    ),
    "PHONE": (
        r"phone(?:d)?(?: (?:number|no|nr))?", r"tel(?:ephone)?", r"telefon\w*", r"mob(?:ile)?(?: (?:number|no))?",
        r"cell(?:phone)?", r"fax", r"landline", r"call(?:ed|ing|er|back|s)?", r"ring(?:ing)?", r"dial(?:l?ed)?",
        r"text(?:ed)?", r"sms", r"whats ?app", r"reach(?:ed|able)?", r"contact(?: (?:number|no))?",
        r"answer(?:ing|s)?(?: at| on)?", r"my number(?:['’]s)?", r"number(?:['’]s| is)", r"my line", r"viber",
        r"signal", r"ext", r"handy", r"hotline",
    ),
    "IP": (
        r"ips?(?: address(?:es)?)?", r"ip ?v[46]", r"host", r"server", r"log(?:ged|s)?[ -]?ins?", r"logged", r"ping",
        r"dns", r"gateway", r"subnet", r"vpn",
    ),
    "IBAN": (
        r"iban", r"sepa", r"bic",
    ),
    "DOB": (
        r"d\.?o\.?b\.?", r"dates? of birth", r"birth ?da(?:te|y)", r"birth", r"born(?: on| in)?", r"geb(?:oren)?\.?",
    ),
}  # fmt: skip
_CUE = re.compile(
    "|".join(rf"(?P<{kind}>(?<![\w-])(?:{'|'.join(words)})(?![\w]))" for kind, words in _WORDS.items()), re.I
)
_SPENT = re.compile(r"\d{4,}|\d+(?:[ -]\d+)+")  # a number between a cue and the next number has used the cue up
REACH = 48


def cue_before(text: str, start: int, reach: int = REACH) -> str:
    """The kind that the nearest announcing word before `start` speaks of; an empty string where there is none."""
    window = text[max(0, start - reach) : start]
    kind = ""
    last = 0
    for match in _CUE.finditer(window):
        kind, last = str(match.lastgroup), match.end()
    return "" if kind and _SPENT.search(window, last) else kind
