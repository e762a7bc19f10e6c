"""Themes under identities that last: known themes, the nightly search for new ones, and refits matched to both."""

from cxtext.registry.state import Corpus, Outcome, State, Theme, Turn
from cxtext.registry.update import update

__all__ = ["Corpus", "Outcome", "State", "Theme", "Turn", "update"]
