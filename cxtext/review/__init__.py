"""What a person should label next, as a spreadsheet, and the way back from the filled one."""

from cxtext.review.making import Review, make_review
from cxtext.review.reading import read_review

__all__ = ["Review", "make_review", "read_review"]
