"""The nightly report: one content, rendered as a page and as Markdown."""
