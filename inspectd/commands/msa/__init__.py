"""`inspectd msa ...`: one module for each command."""
