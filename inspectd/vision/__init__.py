"""Looking at pictures: plain functions over values of `inspectd.core`. Pure."""
