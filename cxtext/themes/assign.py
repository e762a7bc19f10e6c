"""The one rule by which a document belongs to a theme, in fitting, scoring and after loading alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

LEAST = 0.25  # cosine below which texts have nothing to do with each other in this space
USUAL = 10  # percentile of the members' cosines that is a theme's threshold
SLACK = 0.8  # share of the threshold down to which a document is still given to its nearest theme


@dataclass(frozen=True)
class Assignment:
    """For each document: the theme's row or -1, the cosine to its centroid, and how it was decided."""

    theme: NDArray[np.int64]
    confidence: NDArray[np.float64]
    method: NDArray[np.object_]  # assigned, nearest, unassigned


def assign(vectors: Vectors, centroids: Vectors, thresholds: NDArray[np.float64]) -> Assignment:
    """Each of `vectors` (n, d) to the nearest of `centroids` (k, d), both of unit length.

    At or above the theme's threshold it is `assigned`; a little below, `nearest`; further away it stays out.
    """
    if not len(centroids) or not len(vectors):
        blank = np.full(len(vectors), -1, np.int64)
        return Assignment(blank, np.zeros(len(vectors)), np.full(len(vectors), "unassigned", object))
    cosines = vectors @ centroids.T
    theme = cosines.argmax(axis=1).astype(np.int64)
    confidence = cosines[np.arange(len(vectors)), theme].astype(np.float64)
    limit = thresholds[theme]
    method = np.where(confidence >= limit, "assigned", "nearest").astype(object)
    out = confidence < np.maximum(SLACK * limit, LEAST)
    method[out] = "unassigned"
    return Assignment(np.where(out, -1, theme), confidence, method)


def thresholds_of(vectors: Vectors, labels: NDArray[np.int64], centroids: Vectors) -> NDArray[np.float64]:
    """Each theme's threshold: the cosine that all but the outermost tenth of its members reach."""
    limits = np.full(len(centroids), LEAST)
    for theme in range(len(centroids)):
        members = vectors[labels == theme]
        if len(members):
            limits[theme] = max(float(np.percentile(members @ centroids[theme], USUAL)), LEAST)
    return limits
