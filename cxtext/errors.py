"""The one exception that a user is meant to read."""


class CxtextError(Exception):
    """A fault of input, settings or state, told in one line that says what to do.

    The command line prints it without a traceback and leaves with exit code 2.
    """
