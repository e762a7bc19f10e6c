"""The one rule by which a document belongs to a theme, and the prototypes that stand for one."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cxtext.themes.assign import LEAST, MEMBERS, Prototypes, assign, floors_of, join, prototypes_of

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]
NOTHING = np.zeros((0, 3), np.float32)


def two_themes(threshold: float = 0.8, floor: float = 0.6) -> Prototypes:
    """Two themes with one prototype each, along the first two axes of three."""
    return Prototypes(np.eye(2, 3, dtype=np.float32), np.arange(2), np.full(2, threshold), np.full(2, floor))


def at_cosine(cosine: float) -> Vectors:
    return np.array([[cosine, 0, (1 - cosine**2) ** 0.5]], np.float32)


def planted(sizes: list[int], *, spread: float = 0.8, seed: int = 0, width: int = 64) -> tuple[Vectors, Labels]:
    """Unit vectors around random centres, shuffled, and the centre of each."""
    chance = np.random.default_rng(seed)
    centers = chance.normal(size=(len(sizes), width))
    centers /= np.linalg.norm(centers, axis=1, keepdims=True)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    vectors = centers[labels] + spread * chance.normal(size=(len(labels), width)) / np.sqrt(width)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    order = chance.permutation(len(labels))
    return vectors[order].astype(np.float32), labels[order]


def bent(count: int) -> Vectors:
    """Documents along an arc of 150 degrees: the ends have nothing in common."""
    angles = np.linspace(0, np.radians(150), count)
    return np.stack([np.cos(angles), np.sin(angles), np.zeros(count)], axis=1).astype(np.float32)


# --- which theme


@pytest.mark.parametrize(
    ("cosine", "theme", "method"),
    [(0.9, 0, "assigned"), (0.7, 0, "nearest"), (0.59, -1, "unassigned"), (-0.5, -1, "unassigned")],
)
def test_a_document_belongs_to_its_nearest_theme_if_it_is_near_enough(cosine: float, theme: int, method: str) -> None:
    found = assign(at_cosine(cosine), two_themes())
    assert (found.theme[0], found.method[0]) == (theme, method)


def test_the_confidence_is_the_cosine_to_the_nearest_prototype_assigned_or_not() -> None:
    for cosine in (0.9, 0.3):
        assert assign(at_cosine(cosine), two_themes()).confidence[0] == pytest.approx(cosine)


def test_a_theme_is_as_near_as_the_nearest_of_its_prototypes() -> None:
    vectors = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    both = Prototypes(vectors, np.array([0, 1, 0]), np.full(2, 0.8), np.full(2, 0.6))
    assert assign(vectors, both).theme.tolist() == [0, 1, 0]


def test_every_theme_has_its_own_threshold() -> None:
    strict = Prototypes(np.eye(2, 3, dtype=np.float32), np.arange(2), np.array([0.95, 0.5]), np.array([0.9, 0.4]))
    documents = np.array([[0.8, 0, 0.6], [0, 0.8, 0.6]], np.float32)
    assert assign(documents, strict).method.tolist() == ["unassigned", "assigned"]


def test_without_themes_or_documents_nothing_is_assigned() -> None:
    none = Prototypes(NOTHING, np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
    found = assign(np.eye(2, 3, dtype=np.float32), none)
    assert (found.theme.tolist(), found.method.tolist()) == ([-1, -1], ["unassigned"] * 2)
    assert found.confidence.tolist() == [0, 0]
    assert assign(NOTHING, two_themes()).theme.tolist() == []


def test_documents_scored_one_by_one_belong_where_they_belong_together() -> None:
    vectors, truth = planted([60] * 6)
    prototypes = prototypes_of(vectors, truth, coverage=0.95, seed=7)
    together = assign(vectors, prototypes)
    alone = [assign(vectors[row : row + 1], prototypes) for row in range(len(vectors))]
    assert [each.theme[0] for each in alone] == together.theme.tolist()
    assert [each.method[0] for each in alone] == together.method.tolist()


# --- what stands for a theme


def test_a_theme_has_about_a_prototype_for_each_dozen_of_its_documents() -> None:
    vectors, truth = planted([120, 60, 8])
    found = prototypes_of(vectors, truth, coverage=0.95, seed=7)
    counts = np.bincount(found.theme)
    assert counts[2] == 1
    assert all(size / MEMBERS / 2 <= count <= size / MEMBERS for count, size in zip(counts[:2], (120, 60), strict=True))
    assert np.linalg.norm(found.vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_bent_theme_keeps_its_ends_from_a_theme_that_lies_near_its_centre() -> None:
    """By one centroid each, the ends of the arc would be nearer to the other theme."""
    arc = bent(60)
    beside = np.tile(np.array([[0.2, 0.6, 0.775]], np.float32), (12, 1))
    vectors, labels = np.vstack([arc, beside]), np.repeat([0, 1], [60, 12])
    assert assign(arc, prototypes_of(vectors, labels, coverage=0.95, seed=7)).theme.tolist() == [0] * 60


def test_documents_stay_in_the_themes_in_which_they_were_found() -> None:
    vectors, truth = planted([60] * 6)
    found = assign(vectors, prototypes_of(vectors, truth, coverage=0.95, seed=7))
    assert (found.theme == truth)[found.theme >= 0].mean() > 0.99


@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.97])
def test_at_least_the_wanted_share_of_documents_belongs_to_a_theme(coverage: float) -> None:
    vectors, truth = planted([60] * 6, spread=1.5)
    found = assign(vectors, prototypes_of(vectors, truth, coverage=coverage, seed=7))
    assert (found.theme >= 0).mean() >= coverage


def test_full_coverage_leaves_no_document_out() -> None:
    vectors, truth = planted([20] * 3)
    prototypes = prototypes_of(vectors, truth, coverage=1.0, seed=7)
    assert (assign(np.vstack([vectors, -vectors]), prototypes).theme >= 0).all()


def test_most_members_of_a_theme_are_assigned_and_strangers_are_not() -> None:
    vectors, truth = planted([200, 100])
    strangers, _ = planted([1] * 100, seed=5)
    prototypes = prototypes_of(vectors, truth, coverage=0.9, seed=7)
    assert (assign(vectors, prototypes).method == "assigned").mean() > 0.85
    assert (assign(strangers, prototypes).theme >= 0).mean() < 0.05


def test_no_threshold_lies_below_what_chance_gives() -> None:
    anywhere, _ = planted([1] * 90)
    loose = prototypes_of(anywhere, np.arange(90) % 3, coverage=0.9, seed=7)
    assert loose.thresholds.tolist() == [LEAST] * 3


def test_documents_of_no_theme_make_no_prototype() -> None:
    vectors, truth = planted([30, 30, 30])
    kept = np.where(truth == 2, -1, truth)
    found, without = (
        prototypes_of(vectors, kept, coverage=0.95, seed=7),
        prototypes_of(vectors[kept >= 0], kept[kept >= 0], coverage=0.95, seed=7),
    )
    assert np.array_equal(found.vectors, without.vectors)
    assert found.thresholds.tolist() == without.thresholds.tolist()


def test_no_clusters_make_no_prototypes() -> None:
    none = prototypes_of(np.eye(4, dtype=np.float32), np.full(4, -1), coverage=0.95, seed=7)
    assert (none.vectors.shape, none.thresholds.shape) == ((0, 4), (0,))


def test_floors_lie_at_or_below_their_thresholds() -> None:
    thresholds = np.array([0.5, 0.3])
    labels = np.array([0, 0, 0, 1, 1, 1])
    floors = floors_of(thresholds, np.array([0.9, 0.5, 0.1, 0.8, 0.3, 0.2]), labels, 0.9)
    assert (floors <= thresholds).all()
    assert floors_of(thresholds, np.zeros(0), np.zeros(0, np.int64), 0.9).tolist() == thresholds.tolist()


def test_the_same_clusters_give_the_same_prototypes() -> None:
    vectors, truth = planted([60] * 4)
    first, second = (prototypes_of(vectors.copy(), truth, coverage=0.95, seed=7) for _ in range(2))
    assert first.vectors.tobytes() == second.vectors.tobytes()
    assert first.thresholds.tolist() == second.thresholds.tolist()


def test_sets_of_prototypes_joined_keep_their_themes_apart() -> None:
    one, other = two_themes(0.8), two_themes(0.5, 0.4)
    joined = join([one, other], 3)
    assert joined.theme.tolist() == [0, 1, 2, 3]
    assert joined.thresholds.tolist() == [0.8, 0.8, 0.5, 0.5]
    assert joined.floors.tolist() == [0.6, 0.6, 0.4, 0.4]
    assert join([], 3).vectors.shape == (0, 3)
