"""Recurring themes: clusters of texts (`cluster`), their names (`topics`, `labels`), and the rule of assignment."""
