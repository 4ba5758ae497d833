"""A learned ranking that reads the conversation: what was said, what was named, what came of it."""
