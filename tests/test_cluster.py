"""Clusters of vectors."""

from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from cxtext.themes.cluster import GraphClusterer, by_size, centroids, typical
from cxtext.themes.graph import leiden, neighbour_graph
from cxtext.themes.resolution import choose_resolution

Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


def planted(sizes: list[int], *, spread: float = 0.4, seed: int = 0, width: int = 64) -> tuple[Vectors, Labels]:
    """Unit vectors around random centres, shuffled, and the centre of each."""
    chance = np.random.default_rng(seed)
    centers = chance.normal(size=(len(sizes), width))
    centers /= np.linalg.norm(centers, axis=1, keepdims=True)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    noise = chance.normal(size=(len(labels), width))
    vectors = centers[labels] + spread * 2 * noise / np.sqrt(width)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    order = chance.permutation(len(labels))
    return vectors[order].astype(np.float32), labels[order]


def equal_rows(count: int) -> Vectors:
    return np.tile(np.eye(1, 8, dtype=np.float32), (count, 1))


@pytest.mark.parametrize("sizes", [[10, 10], [7, 7, 6], [5] * 4, [12] * 3, [6] * 6, [60, 40, 20], [30] * 10], ids=str)
def test_planted_clusters_are_found(sizes: list[int]) -> None:
    vectors, truth = planted(sizes)
    found = GraphClusterer().fit(vectors).labels_
    assert len(found) == sum(sizes)
    assert found.max() + 1 == len(sizes)
    assert adjusted_rand_score(truth, found) > 0.95


def test_a_handful_of_documents_is_clustered_too() -> None:
    vectors, truth = planted([5, 5], spread=0.15)
    assert adjusted_rand_score(truth, GraphClusterer().fit(vectors).labels_) == 1


@pytest.mark.parametrize("count", [12, 20, 36, 300])
def test_documents_that_are_all_about_one_thing_are_one_cluster(count: int) -> None:
    vectors, _ = planted([count])
    assert GraphClusterer().fit(vectors).labels_.tolist() == [0] * count


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_fewer_documents_than_the_smallest_cluster_are_none(count: int) -> None:
    assert GraphClusterer().fit(equal_rows(count)).labels_.tolist() == [-1] * count


@pytest.mark.parametrize("count", [5, 11, 12, 20, 36, 300, 1000])
def test_one_text_again_and_again_is_one_cluster(count: int) -> None:
    assert GraphClusterer().fit(equal_rows(count)).labels_.tolist() == [0] * count


def test_copies_of_one_text_stay_together_among_others() -> None:
    vectors, _ = planted([30] * 8)
    found = GraphClusterer().fit(np.vstack([vectors, np.repeat(vectors[:1], 60, axis=0)])).labels_
    assert len(set(found[240:])) == 1
    assert found[240] == found[0]


def test_documents_that_have_nothing_in_common_are_no_cluster() -> None:
    assert GraphClusterer().fit(np.eye(40, dtype=np.float32)).labels_.tolist() == [-1] * 40


def test_a_graph_without_edges_leaves_every_node_alone() -> None:
    assert len(set(leiden(sparse.csr_matrix((5, 5)), 1.0, 7))) == 5


def test_clusters_below_the_least_size_are_left_out() -> None:
    vectors, truth = planted([20, 20, 6])
    assert set(GraphClusterer(min_size=5).fit(vectors).labels_) == {0, 1, 2}
    fewer = GraphClusterer(min_size=7).fit(vectors).labels_
    assert set(fewer) == {-1, 0, 1}
    assert set(truth[fewer == -1]) == {2}


def test_the_same_vectors_give_the_same_clusters() -> None:
    vectors, _ = planted([30] * 10, spread=0.6)
    first, second = GraphClusterer().fit(vectors), GraphClusterer().fit(vectors.copy())
    assert first.labels_.tolist() == second.labels_.tolist()
    assert first.resolution_ == second.resolution_


def test_the_order_of_the_documents_hardly_matters() -> None:
    vectors, _ = planted([30] * 10)
    order = np.random.default_rng(1).permutation(300)
    one, other = GraphClusterer().fit(vectors).labels_, GraphClusterer().fit(vectors[order]).labels_
    assert adjusted_rand_score(one[order], other) > 0.95


def test_clusters_are_numbered_by_size() -> None:
    vectors, _ = planted([12, 40, 25])
    sizes = Counter(GraphClusterer().fit(vectors).labels_.tolist())
    assert [sizes[0], sizes[1], sizes[2]] == [40, 25, 12]


def test_equal_sizes_are_numbered_by_their_first_member() -> None:
    assert by_size(np.array([9, 4, 4, 9, 7]), 2).tolist() == [0, 1, 1, 0, -1]
    assert by_size(np.array([-1, 3, 3, -1]), 2).tolist() == [-1, 0, 0, -1]
    assert by_size(np.zeros(0, np.int64), 2).tolist() == []


def test_what_lies_in_clusters_is_found_again_and_what_lies_anywhere_is_not() -> None:
    vectors, _ = planted([40] * 10)
    anywhere, _ = planted([1] * 400)
    found = choose_resolution(vectors, seed=7)
    guessed = choose_resolution(anywhere, seed=7).reproducibility
    assert len(set(leiden(neighbour_graph(vectors), found.chosen, 7))) == 10
    assert max(found.reproducibility.values()) > 0.9
    assert all(score < 0.2 for each, score in guessed.items() if each >= 1)  # below it, all are one cluster


def test_of_a_handful_of_documents_no_resolution_is_judged() -> None:
    vectors, _ = planted([10, 10])
    found = choose_resolution(vectors, seed=7)
    assert (found.chosen, found.reproducibility) == (1.0, {})


def test_a_centroid_is_the_unit_mean_and_an_empty_cluster_has_none() -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    found = centroids(vectors, np.array([0, 0, -1]), 2)
    assert found[0] == pytest.approx([0.5**0.5, 0.5**0.5])
    assert found[1].tolist() == [0, 0]


def test_typical_members_are_near_the_centre_and_differ() -> None:
    vectors = np.array([[1, 0, 0], [1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]], np.float32)
    assert typical(vectors, vectors[0], [0, 1, 2], 2) == [0, 2]
    assert typical(vectors, vectors[0], [], 3) == []
    assert sorted(typical(vectors, vectors[0], [0, 1, 2, 3], 10)) == [0, 2, 3]
