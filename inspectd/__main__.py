"""`python -m inspectd`: the same as the `inspectd` command."""

from inspectd.cli import main

main()
