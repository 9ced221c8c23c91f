"""Models: the catalogue of published ones, and how to train and shrink one's own."""
