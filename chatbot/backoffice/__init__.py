"""What an operator looks at: what is asked and not answered, what comes of it, what to do.

access     who may look: a key, or a token of this machine
clusters   questions that say the same
figures    what happened lately, read from the database
bench      one question, and what decided about its answer
html       nodes of a page as text, escaped
frame      what is around every page
pages      the pages of figures
handoffs   who waits for a person, and what was sent
knowing    the pages that change help pages and try questions
Knows no HTTP; reads what others keep.
"""
