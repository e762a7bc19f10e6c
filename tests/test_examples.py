"""The settings in `examples/`, on a few rows in the shape of the feeds they were written for."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cxtext.documents import collect
from cxtext.settings import load_settings

EXAMPLES = Path(__file__).parent.parent / "examples"
UNTIL = datetime(2030, 1, 1, tzinfo=UTC)

ROWS = {
    "cfpb_narratives": (
        "complaint_id,date_submitted,product,company,state,consumer_narrative,outcome\n"
        'C-1,2025-05-12T12:00:00-05:00,Mortgage,Acme Bank,TX,"They lost my\n\npayment, twice.",Closed\n',
        ("cfpb:C-1", datetime(2025, 5, 12, 17, tzinfo=UTC), "ticket", None, "Mortgage"),
    ),
    "telecom_complaints": (
        "Ticket #,Customer Complaint,Date,Time,Received Via,City,State,Status\n"
        "77,Line dead since Monday,2015-04-22,3:53:50 PM,Customer Care Call,Dover,Ohio,Open\n",
        ("complaints:77", datetime(2015, 4, 22, 19, 53, 50, tzinfo=UTC), "call", None, None),
    ),
    "telecom_nps": (
        "CUSTOMER_RESPONSE_DATE,SURVEY_SUB_TYPE,NPS_RATING,NPS_SCORE,text,Qtr\n"
        "11/04/2018 20:09,Order,Passive,7,Quick to set up,other\n",
        (None, datetime(2018, 4, 11, 19, 9, tzinfo=UTC), "survey", 7.0, None),
    ),
    "bank_app_reviews": (
        "review_id,bank_id,review_text,rating,review_date,bank_name\n5,1,Keeps logging me out,2,2025-11-29,Acme Bank\n",
        ("reviews:5", datetime(2025, 11, 28, 21, tzinfo=UTC), "review", 2.0, "Acme Bank"),
    ),
}


def test_every_example_is_tested() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.toml")} == set(ROWS)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_an_example_reads_a_feed_of_its_shape(name: str, tmp_path: Path) -> None:
    text, (document_id, created_at, channel, score, product) = ROWS[name]
    shutil.copy(EXAMPLES / f"{name}.toml", tmp_path)
    (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    intake = collect(load_settings(tmp_path / f"{name}.toml"), UNTIL, {})
    assert intake.account() | {"rows_read": 1, "documents": 1} == intake.account()
    row = intake.verbatims.iloc[0]
    assert document_id is None or row["document_id"] == document_id
    assert (row["created_at"], row["channel"]) == (created_at, channel)
    assert (row["score"] == score) if score is not None else row["score"] is None
    assert row["product"] == product
