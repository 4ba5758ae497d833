"""Measuring the assistant: simulated users, recorded dialogues, interactions. See
`docs/evaluation.md`.
"""
