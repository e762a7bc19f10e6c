"""What redaction leaves in a text in place of personal data: `[PERSON_1]`."""

import re

PLACEHOLDER = re.compile(r"\[[A-Z]+(?:_[A-Z]+)*_\d+\]")
