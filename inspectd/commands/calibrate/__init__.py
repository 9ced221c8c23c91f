"""`inspectd calibrate ...`: one module for each command."""
