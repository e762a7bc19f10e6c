"""The flow that trains the cause model."""

from typing import Any

from prefect import flow

from pipelines.tasks import train


@flow(name="retrain", persist_result=False)
def retrain(corpus: list[str] | None = None, target: str | None = None, seed: int = 7) -> dict[str, Any]:
    """Train the cause model anew; without parameters, rebuild the bundled one from its corpus. Returns its figures.

    Args:
        corpus: Labelled files, CSV or JSON Lines.
        target: Folder for the model.
        seed: The start of all chance.
    """
    return train(corpus or [], target, seed)
