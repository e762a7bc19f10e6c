"""Measure every model on the user's own labels: nobody should have to trust an unmeasured model."""
