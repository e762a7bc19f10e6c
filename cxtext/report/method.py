"""How each figure is made, in plain words."""

from cxtext.report.facts import RunFacts
from cxtext.report.words import numeral
from cxtext.taxonomy import Taxonomy


def method(facts: RunFacts, taxonomy: Taxonomy) -> tuple[tuple[str, str], ...]:
    """Each figure's name and how it is made."""
    least, number = facts.min_answers, numeral(len(taxonomy.keys))
    return (
        (
            "Document",
            "One ticket, chat, mail, review, call note or survey comment. It is cleaned (quoted replies and signatures "
            "go) and personal details are removed before anything else reads it. Documents without meaning are counted "
            "and left out.",
        ),
        (
            "Cause and origin",
            f"A model reads each document and names the causes that it states, out of {number} in three origins: the "
            "organization, an employee, the customer. A document may state several; the main one gives its origin. "
            f"{_own(taxonomy)}"
            "“Cause not said” means dissatisfied without a reason; “No dissatisfaction” means no problem.",
        ),
        (
            "Shares and changes",
            "Shares are of all analysed documents of the last four weeks, by their main cause; the table of causes "
            "counts every document that states them. A change against the four weeks before is told only where its 95% "
            "interval (Newcombe's, from two Wilson intervals) leaves zero out; otherwise it is “no clear change”. With "
            f"fewer than {least} documents on either side nothing is compared.",
        ),
        (
            "Theme",
            "A group of documents that say much the same thing, under an identity that stays from night to night. Its "
            "label and keywords are the words that set it apart. Its leading cause is the main cause that most of its "
            "dissatisfied documents of the last four weeks have.",
        ),
        (
            "Expected band",
            "The range in which 95 of 100 weeks should lie if nothing has changed, from the weeks before. A week above "
            "it is marked only if it stays remarkable after counting how many themes were looked at. A hollow point is "
            "a week that is not over.",
        ),
        (
            "New, back, growing, fading, resolved",
            "New and returned themes of the two weeks up to the run and other turns of the last seven days, each "
            "with its documents in seven days and the number "
            "expected.",
        ),
        (
            "What to act on",
            "Of the themes that are new, back or growing and mostly dissatisfied: those with most dissatisfied "
            "documents beyond expectation. Places left over go to the largest standing problems. Who should act "
            "follows from the leading cause.",
        ),
        (
            "Scores",
            "NPS is the share of 9 and 10 minus the share of 0 to 6, in points. CSAT is the share of 4 and 5 on a "
            "scale of 1 to 5 (three quarters of the way up any other). Other scores are averages. All three are of "
            "every document with a score, also of those without a comment to analyse; each answer is placed on its own "
            "scale, and averages are told on the scale that most answers have. A theme's score is the average answer "
            f"of its documents of the last four weeks. Fewer than {least} answers are “too few”.",
        ),
        (
            "Quotations",
            "Redacted texts of customers, shortened at a word. Those of themes are the most typical; those of causes "
            "are the sentences of which the model is surest. They were chosen by the model, not at random.",
        ),
        (
            "Expected right",
            "The mean confidence of the main causes: of so many, that share should be right. Its interval holds both "
            "chance and that some companies' texts are harder for the model than others'. Documents are unlike the "
            "training texts where both their words and what the encoder sees in them lie further off than in 95 of 100 "
            "texts of writers that the model had not seen. A warning comes where that is surely so of more than half, "
            "or of far more than in the nights before, or where the mean confidence has fallen.",
        ),
        (
            "Accounts",
            "Dissatisfied documents of each account in the last four weeks. Counts only: a large account writes more.",
        ),
    )


def _own(taxonomy: Taxonomy) -> str:
    """How causes of the company's own are told; empty where there are none."""
    if not taxonomy.added:
        return ""
    names = ", ".join(f"“{cause.name}”" for cause in taxonomy.added)
    return f"{names}: told by likeness to examples, in the place of the standard cause that the model found. "
