"""Low-rank adapters: of the language model that reads, and of the sentence encoder.

Nothing here is imported by a serving process; what it writes is loaded by a setting.
"""
