"""Training: labelled pictures become a model with its scores."""
