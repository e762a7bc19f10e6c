"""The ten causes of dissatisfaction and the three origins they come from.

Source of the scheme: American Society for Quality, "Customer experience" (J. Goodman): dissatisfaction comes
from the organization, from its employees, or from the customers themselves.
"""

from typing import Final

UNSTATED: Final = "unstated"
NONE: Final = "none"

ORIGINS: Final = ("organization", "employee", "customer")

# cause -> (short name for readers, definition)
CAUSES: Final[dict[str, tuple[str, str]]] = {
    "organization.product_design": (
        "Product design",
        "The product, offer, price or policy works as designed, and the design is what the customer dislikes.",
    ),
    "organization.misleading_marketing": (
        "Misleading marketing",
        "Sales, marketing or the website promised something that was not true.",
    ),
    "organization.broken_process": (
        "Broken process",
        "A process or product failed in execution: defect, delay, outage, wrong bill, no reply.",
    ),
    "employee.process_not_followed": (
        "Process not followed",
        "A person did not do what the procedure or a promise required: no call back, no show.",
    ),
    "employee.negative_attitude": (
        "Negative attitude",
        "A person was rude, dismissive or unwilling to help.",
    ),
    "employee.lack_of_empowerment": (
        "Lack of empowerment",
        "A person wanted to help, or was asked to, and had no authority or tool to do so.",
    ),
    "employee.lack_of_training": (
        "Lack of training",
        "A person gave wrong or contradictory information, or did not know the product or procedure.",
    ),
    "customer.incorrect_expectation": (
        "Incorrect expectation",
        "The customer expected what the company neither offers nor promised.",
    ),
    "customer.instructions_not_read": (
        "Instructions not read",
        "The answer is ordinary documentation: how-to, where-is, what-does-it-mean.",
    ),
    "customer.user_error": (
        "User error",
        "The customer did something wrong, forgot or lost something, and says so.",
    ),
}

PRIMARIES: Final = (*CAUSES, UNSTATED, NONE)

SPECIAL_NAMES: Final = {UNSTATED: "Cause not said", NONE: "No dissatisfaction"}

# Who can end each cause: the roles that the report addresses.
OWNERS: Final[dict[str, str]] = {
    "organization.product_design": "product management",
    "organization.misleading_marketing": "marketing",
    "organization.broken_process": "operations",
    "employee.process_not_followed": "team leads",
    "employee.negative_attitude": "team leads",
    "employee.lack_of_empowerment": "head of support",
    "employee.lack_of_training": "training",
    "customer.incorrect_expectation": "customer communication",
    "customer.instructions_not_read": "documentation and self-service",
    "customer.user_error": "product and self-service",
}


def origin_of(cause: str) -> str:
    """The origin of a cause: `organization.broken_process` -> `organization`."""
    return cause.partition(".")[0]


def name_of(cause: str) -> str:
    """A cause, origin, `unstated` or `none` as readers see it."""
    if cause in CAUSES:
        return CAUSES[cause][0]
    return SPECIAL_NAMES.get(cause, cause.capitalize())
