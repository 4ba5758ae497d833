"""The HTTP API: sessions, turns, profile, feedback, items, search, a visitor's own data."""
