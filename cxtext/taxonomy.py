"""The ten causes of dissatisfaction, the three origins they come from, and what a company makes of them.

Source of the scheme: American Society for Quality, "Customer experience" (J. Goodman): dissatisfaction comes
from the organization, from its employees, or from the customers themselves.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

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

USUAL_OWNER: Final = "head of support"  # of documents that name no cause, and of added causes without a role of theirs


def origin_of(cause: str) -> str:
    """The origin of a cause: `organization.broken_process` -> `organization`."""
    return cause.partition(".")[0]


def name_of(key: str) -> str:
    """An origin, `unstated` or `none` as readers see it; causes have their names in a `Taxonomy`."""
    return SPECIAL_NAMES.get(key, key.capitalize())


@dataclass(frozen=True)
class Cause:
    """A cause as readers see it. An added one has examples, and may refine a standard cause, `part_of`."""

    key: str
    name: str
    definition: str
    owner: str
    part_of: str | None = None
    examples: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """The origin that it lies below."""
        return origin_of(self.key)

    @property
    def is_standard(self) -> bool:
        """Whether it is one of the ten."""
        return self.key in CAUSES


@dataclass(frozen=True)
class Taxonomy:
    """The causes that verdicts may name, and `dropped`: standard cause -> the one that takes its documents.

    `None` there stands for the likeliest other cause of the same origin, document by document. `stored_rules` is
    set on a taxonomy that was read back from a snapshot, whose examples are not known any more.
    """

    causes: tuple[Cause, ...]
    dropped: tuple[tuple[str, str | None], ...] = ()
    stored_rules: tuple[tuple[str, str | None], ...] | None = None

    @cached_property
    def by_key(self) -> Mapping[str, Cause]:
        """Every cause under its key, in order."""
        return {cause.key: cause for cause in self.causes}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of the causes, in order."""
        return tuple(self.by_key)

    @cached_property
    def added(self) -> tuple[Cause, ...]:
        """The causes beyond the ten."""
        return tuple(cause for cause in self.causes if not cause.is_standard)

    @property
    def into(self) -> dict[str, str | None]:
        """`dropped` as a mapping."""
        return dict(self.dropped)

    def name_of(self, key: str) -> str:
        """A cause, origin, `unstated` or `none` as readers see it."""
        return self.by_key[key].name if key in self.by_key else name_of(key)

    def owner_of(self, key: str) -> str:
        """Who can end a cause; the head of support where nobody else is named."""
        return self.by_key[key].owner if key in self.by_key else USUAL_OWNER

    @cached_property
    def rules(self) -> dict[str, str | None]:
        """cause -> hash of what decides which documents get it, None where that is the cause model alone.

        Two taxonomies with equal rules give every document the same verdict, whatever the causes are called.
        """
        if self.stored_rules is not None:
            return dict(self.stored_rules)
        return {cause.key: self._rule(cause) for cause in self.causes}

    def _rule(self, cause: Cause) -> str | None:
        folded = sorted(pair for pair in self.dropped if origin_of(pair[0]) == cause.origin)
        if cause.is_standard:
            return _hash(folded) if folded else None
        return _hash([folded, cause.part_of, cause.definition, *cause.examples])

    def rows(self) -> list[dict[str, Any]]:
        """The rows of the published table `taxonomy`; examples, which may be customers' words, stay out."""
        return [
            {key: value for key, value in asdict(cause).items() if key not in ("key", "examples")}
            | {
                "cause": cause.key,
                "origin": cause.origin,
                "is_standard": cause.is_standard,
                "rule": self.rules[cause.key],
            }
            for cause in self.causes
        ]


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]


STANDARD: Final = Taxonomy(
    tuple(Cause(key, name, definition, OWNERS[key]) for key, (name, definition) in CAUSES.items())
)


def stored_taxonomy(rows: Iterable[Mapping[Any, Any]]) -> Taxonomy:
    """The taxonomy that published rows tell of; the standard one where there are none, as in earlier snapshots."""
    kept = list(rows)
    if not kept:
        return STANDARD
    order = {key: place for place, key in enumerate(CAUSES)}
    kept.sort(key=lambda row: (order.get(row["cause"], len(order)), row["cause"]))
    return Taxonomy(
        tuple(Cause(row["cause"], row["name"], row["definition"], row["owner"], row["part_of"]) for row in kept),
        stored_rules=tuple((row["cause"], row["rule"]) for row in kept),
    )
