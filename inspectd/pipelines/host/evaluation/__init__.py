"""How good a pipeline is, told the same way for all of them."""
