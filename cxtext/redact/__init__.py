"""Personal data out of texts: `Karen Mills, 07700 900123` becomes `[PERSON_1], [PHONE_1]`.

Names come from spaCy's entity recognition together with lists and cues (`people`), numbers from their shape, checksum
and announcement (`numbers`), addresses from the parts they are made of (`addresses`). Places and organizations as such
are not personal data.
"""

from cxtext.redact.redactor import Redactor
from cxtext.redact.spans import Redacted, Span

__all__ = ["Redacted", "Redactor", "Span"]
