"""Language models. They read the user and word the answer; they decide nothing.

LangChain's types stop at this package's door: everyone else sees `Reader`, `Writer` and the values.
"""
