"""Finds and ranks items under constraints. Knows nothing of dialogue or language models."""
