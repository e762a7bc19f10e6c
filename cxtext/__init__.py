"""cxtext: what caused the dissatisfaction, which themes recur, and what to do about them."""

__version__ = "0.1.0"
