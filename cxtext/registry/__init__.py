"""Themes under identities that last: known themes, the nightly search for new ones, and refits matched to both."""

from cxtext.registry.nightly import update
from cxtext.registry.state import Corpus, Outcome, State, Theme, Turn

__all__ = ["Corpus", "Outcome", "State", "Theme", "Turn", "update"]
