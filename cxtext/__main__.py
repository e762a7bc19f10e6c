"""`python -m cxtext`."""

from cxtext.cli import main

main()
