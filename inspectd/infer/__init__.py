"""Trained models: what they are, where they lie, and how they are run."""
