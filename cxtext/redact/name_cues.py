"""Patterns of what a person's name looks like, and of what stands before and after one."""

import re

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽȘȚΑ-ΩА-ЯЁƏ"
_WORD = r"[^\W\d_]+(?:(?:['’](?!s\b)|-)[^\W\d_]+)*"
_CAPITAL = rf"[{_UPPER}][^\W\d_]*(?:(?:['’](?!s\b)|-)[^\W\d_]+)*"
_PART = rf"(?:[{_UPPER}]\.|{_CAPITAL})"
_PARTICLE = (
    r"(?:van|von|der|den|de|la|le|da|do|dos|das|del|della|di|du|bin|ibn|al|el|ten|ter|af|av|zu|y|ní|mac|giolla|ap|abu)"
)
_NICKNAME = r"[ ]?\"[^\W\d_]{2,15}\"[ ]"
_NAME = rf"{_PART}(?:(?:[ ]|{_NICKNAME})(?:{_PARTICLE}[ ]){{0,3}}{_PART}){{0,4}}"
_TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Madame|Mme|Herr|Frau|Señor|Señora|Sra|Sr|Rev|Pastor|Father)"
_OPEN = r"[ :,]{1,6}[\"“'(]?$"  # between what announces a name and the name

RUN = re.compile(rf"(?<![\w@.#/'’-])(?:{_TITLE}\.?[ ])?{_NAME}(?![\w@])")
TOKEN = re.compile(rf"{_WORD}\.?")
ANY_WORD = re.compile(_WORD)
TITLE_START = re.compile(rf"{_TITLE}\.?\s+", re.I)
TITLE_END = re.compile(rf"(?<!\w){_TITLE}\.?\s$", re.I)
SUFFIX = re.compile(r",?\s(?:MD|M\.D\.|DDS|DVM|PhD|Ph\.D\.?|Jr\.?|Sr\.?|II|III|IV|Esq\.?)(?!\w)")
STOP = re.compile(r"['’]s\s|\sto\s|[:\\\"“”(\[]")

_ROLES = (
    r"(?:agent|advisor|adviser|rep|representative|clerk|supervisor|manager|courier|driver|engineer|technician|nurse|"
    r"cashier|guard|receptionist|colleague|husband|wife|son|daughter|brother|sister|mum|mom|dad|boyfriend|girlfriend|"
    r"cust|customer|caller|ex-\w+|producer)"
)
_MORE_ROLES = (
    r"(?:assistant|doctor|teller|operator|waiter|waitress|lawyer|solicitor|plumber|installer|conductor|steward|"
    r"stewardess|pilot|host|guide|trainer|client|patient|mother|father|partner|friend|boss|uncle|aunt|neighbou?r|"
    r"singer|landlord|carer|mate|fiancée?|beneficiary|owner|signatory)"
)
_NAME_IS = (
    r"\b(?:(?:my|his|her|the|their|your)(?: \w+)? name(?:'s| is)|name is|name as per \w+|"
    r"je m'appelle|me llamo|ich heiße|mi chiamo|mijn naam is|name on (?:the |my )?\w+(?: is|:)?|"
    r"(?:what's|what is) your name\?|name on the \w+\?(?: \w+:)?|"
    r"(?:first|last|full|sur|account|cardholder|maiden) ?name(?: is|:)|account holder:?|card ?holder:?|c/o|attn:?|"
    r"starring|call(?:s|ed)? me|named (?:him|her)|last name from \w+ to)"
)
# After these, any capitalised word is a name, an ordinary one too: `my name is Hope`.
NAME_SAID = re.compile(rf"(?:{_NAME_IS}|(?:^|\n)[>? ]*(?:customer |full )?name:){_OPEN}", re.I)
# After these, a capitalised word that is not an ordinary one, or is a given name too: `the driver, Zbigniew`.
STRONG_BEFORE = re.compile(
    rf"(?:\b(?:named|under the name|directed by|(?:spoke|speaking|spoken) (?:to|with)|signed by|{_ROLES}|"
    rf"(?:{_TITLE})\.?))"
    rf"{_OPEN}",
    re.I,
)
# After these, a capitalised word may be a name, with other evidence.
BEFORE = re.compile(
    r"(?:\b(?:named|under(?: the name)?|sp(?:oke|eak|eaking|oken) (?:to|with)|talk(?:ed|ing)? (?:to|with)|"
    r"signed(?: by)?|"
    r"contact(?: person)?:?|(?:directed|written|sung|served|helped) by|tribute to|(?:i am|i'm|im|this is|here "
    r"is)(?: uh| um)?|"
    r"it's|its|here's|told|asked|thank|thanks to|ask for|called|said|says|met|with|from|by|to|and|"
    rf"(?:{_ROLES}|{_MORE_ROLES})(?: name)?(?: is| was)?|(?:{_TITLE})\.?|name)|[-–—]){_OPEN}",
    re.I,
)
SELF_BEFORE = re.compile(r"\b(?:i am|i'm|im|this is|here is)(?: uh| um)? $", re.I)
PLACE_BEFORE = re.compile(
    r"\b(?:in|at|near|from|to|of|via|into|around|for|visit(?:ed|ing)?|the|a|an|store|city|leaving|towards?)\s$", re.I
)
IN_PLACE = re.compile(r"\b(?:in|at|near|from|via|into|visit(?:ed|ing)?)\s$", re.I)
LOWER_BEFORE = re.compile(r"(?:^|\s)[^\W\d_]{0,40}[a-zß-ÿ],? $")
ARTICLE = re.compile(r"\b(?:the|a|an)\s$", re.I)
# Deeds and belongings that only a person's name stands before.
PERSON_DOES = re.compile(
    r"(?: (?:said|says(?! \d)|left (?:we|us|the|i|and)|told|asked|called me|shouted|replied|promised|insisted|assured|"
    r"explained|had given|lives|lived|wrote|hung up|apologi[sz]ed|laughed|smiled|shrugged|swore|kindly|"
    r"here\b[.,!]|speaking\b)|"
    r", (?:can|could|may) (?:i|you)\b|['’]s (?:address|daughter|son|phone|email|mother|father|wife|husband)\b|: "
    r"?\\?[\"“])",
    re.I,
)
# What often follows a name, but follows things too.
AFTER = re.compile(
    r"(?:,? (?:here|speaking)\b|['’]s (?:address|account|card|name|daughter|son|phone|number|email|mother|"
    r"father|wife|husband)\b|"
    r" (?:tells|confirmed|helped|refused|answered|is from|was|will|is|has|had|did|never|and|claimed|informed|"
    r"mentioned|left)\b|"
    r":\s|, (?:can|could|i|please|from)\b|\?)",
    re.I,
)
GREETING = re.compile(
    r"(?:^|[\n.!])\s{0,9}(?:hi|hello|dear|hey|hallo|bonjour|hola)(?: again| there)?,?\s{1,3}"
    rf"(?P<name>(?:{_TITLE}\.?\s)?{_WORD}(?: {_CAPITAL}){{0,2}})(?=\s?[,!.\n:-]|$)",
    re.I,
)
SIGN_OFF = re.compile(
    r"\b(?:regards|thanks|thank you|cheers|sincerely|faithfully|best|yours|wishes|thx|ta|rgds|love|gr(?:ü|ue)(?:ß|ss)e|"
    r"cordialement|saludos)(?:\s?[,.!]\s{0,9}|\s{1,9})"
    rf"(?P<name>{_WORD}\.?(?: {_WORD}\.?){{0,4}})\s{{0,9}}(?:$|\n|,)",
    re.I,
)
LAST_LINE = re.compile(
    rf"(?:[.!?…)\"]\s{{1,9}}|\n\s{{0,9}}|[.!?]\s?[-–—]\s?|^-)(?P<name>{_NAME})(?:\s?[,(][^\n.!?]{{0,24}})?\s{{0,9}}$"
)
# In any case: `my name is lena bergqvist`, `miss t. okafor`.
SAID = re.compile(
    r"\b(?:(?:my|his|her|the) name(?:'s| is)|name is(?: miss| mr| mrs| ms)?|(?:what's|what is) your name\?|"
    r"name on the \w+\?(?: \w+:)?|maiden name is|(?:mr|mrs|ms|miss|dr)\.?|cust(?:omer)? name:?|"
    r"(?:i'?m|im) (?:his|her|their) (?:mum|dad|mom|wife|husband|son|daughter|brother|sister))\s{1,2}"
    rf"(?P<name>(?:[^\W\d_]\. )?{_WORD}(?: (?:van der |van den |van |von |de |da |dos |mac giolla )?"
    rf"(?!(?:is|and|was|has|from|but|i)\b){_WORD})?)",
    re.I,
)
REVERSED = re.compile(
    rf"(?:^|[\n.!?:]\s{{0,3}})(?P<name>(?P<family>{_CAPITAL}), (?P<given>{_CAPITAL}))(?=\s{{0,9}}$|\n|[.(;])"
)
NEXT_NAME = re.compile(rf"(?:, | and | & | or |, and )({_CAPITAL})(?![\w@])")
NAME_BEFORE = re.compile(rf"(?<![\w@'’-])({_CAPITAL})(?:, | and | & )$")
MAIL_NAME = re.compile(r"([\w.+-]{3,64})@|(?<![\w.-])([\w.-]{3,40}) at \w{1,40} dot ")
