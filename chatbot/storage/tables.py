"""The tables of Sommelier's database, for every part that keeps something of its own.

A table added here is created in existing databases at the next start. Rows of a person carry the
session or user they belong to, so that `erase` finds them.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
catalogues = sa.Table(
    "catalogues",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("schema", sa.Text, nullable=False),
    # Changes with every change of items; an index built for another revision is stale.
    sa.Column("revision", sa.String(64), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("updated", sa.Float, nullable=False),
)
items = sa.Table(
    "items",
    metadata,
    sa.Column("catalogue", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(256), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)
vectors = sa.Table(
    "vectors",
    metadata,
    # blake2b of embedder name and text: the same text is never embedded twice.
    sa.Column("digest", sa.LargeBinary(16), primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)
interactions = sa.Table(
    "interactions",
    metadata,
    sa.Column("catalogue", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(256), primary_key=True),
    sa.Column("item", sa.String(256), primary_key=True),
    sa.Column("rating", sa.Float, nullable=False),
    sa.Column("timestamp", sa.Float),
)
# What an operator recorded about people (`import --users`): attributes as a JSON object.
people = sa.Table(
    "people",
    metadata,
    sa.Column("catalogue", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(256), primary_key=True),
    sa.Column("data", sa.Text, nullable=False),
)
dialogues = sa.Table(
    "dialogues",
    metadata,
    sa.Column("catalogue", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(256), primary_key=True),
    sa.Column("data", sa.Text, nullable=False),
)
sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("catalogue", sa.String(64), nullable=False),
    sa.Column("user", sa.String(128), nullable=False, index=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("updated", sa.Float, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)
turns = sa.Table(
    "turns",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)
impressions = sa.Table(
    "impressions",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True),
    sa.Column("item", sa.String(256), primary_key=True),
    sa.Column("catalogue", sa.String(64), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    # Probability with which the logging policy put this item here; 1 for a deterministic list.
    sa.Column("propensity", sa.Float, nullable=False),
    sa.Column("strategy", sa.String(32), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)
feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("session", sa.String(64), nullable=False, index=True),
    sa.Column("catalogue", sa.String(64), nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("item", sa.String(256), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)
uses = sa.Table(
    "uses",
    metadata,
    # What a turn leaves for learning, as `chatbot.storage.uses.Use`; no words of the user.
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True),
    sa.Column("catalogue", sa.String(64), nullable=False, index=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
)
drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("user", sa.String(128), nullable=False, index=True),
    sa.Column("catalogue", sa.String(64), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("updated", sa.Float, nullable=False),
    # The version that is shown; undo and redo move it, nothing is deleted.
    sa.Column("current", sa.Integer, nullable=False),
    sa.Column("fate", sa.String(16), nullable=False),
)
draft_versions = sa.Table(
    "draft_versions",
    metadata,
    sa.Column("draft", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    # The version it was made from; a branch begins where something is changed after an undo.
    sa.Column("parent", sa.Integer, nullable=False),
    sa.Column("change", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
# Where the assistant may be embedded, and the keys programs call it with. See chatbot/access.
sites = sa.Table(
    "sites",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("catalogue", sa.String(64), nullable=False),
    # JSON lists and objects; "origins" are exact: scheme://host[:port].
    sa.Column("origins", sa.Text, nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    # Needed as it is, to check signatures; it signs visitors of this site and nothing else.
    sa.Column("secret", sa.String(128), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)
api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("per_minute", sa.Integer, nullable=False),
    sa.Column("per_day", sa.Integer, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("expires", sa.Float),
    sa.Column("revoked", sa.Float),
)
key_usage = sa.Table(
    "key_usage",
    metadata,
    sa.Column("key", sa.String(16), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("turns", sa.Integer, nullable=False),
)
# Answers kept for a while, so that a request sent twice is answered once.
answers = sa.Table(
    "answers",
    metadata,
    sa.Column("user", sa.String(128), primary_key=True),
    sa.Column("key", sa.String(128), primary_key=True),
    # Digest of method, path and body: the same key with another request is a mistake.
    sa.Column("request", sa.String(64), nullable=False),
    # 0 while the first request is being answered.
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("media", sa.String(80), nullable=False),
    sa.Column("headers", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("created", sa.Float, nullable=False, index=True),
)
# Conversations handed to a person, and what else is sent to a desk about them: an outbox.
handoffs = sa.Table(
    "handoffs",
    metadata,
    # Also the idempotency key of every attempt to deliver it.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("session", sa.String(64), nullable=False, index=True),
    sa.Column("site", sa.String(40), nullable=False),
    # "handoff", "contact", "message", "closed" or "test".
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("why", sa.String(16), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    # "queued", "delivered" or "failed".
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due", sa.Float, nullable=False),
    # Until when the process that sends it has it for itself; a killed one's lease runs out.
    sa.Column("leased", sa.Float, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("updated", sa.Float, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
)
# What became of a handoff: who has the conversation, and what was said from the desk.
desk_cases = sa.Table(
    "desk_cases",
    metadata,
    # Of the handoff that began it.
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("session", sa.String(64), nullable=False, index=True),
    sa.Column("site", sa.String(40), nullable=False),
    # "waiting", "held" or "closed".
    sa.Column("state", sa.String(16), nullable=False, index=True),
    # The person who wrote last.
    sa.Column("person", sa.String(80), nullable=False),
    # "desk", "visitor", "time" or "again"; "" while it is open.
    sa.Column("closed_by", sa.String(16), nullable=False),
    # "solved", "unsolved" or "".
    sa.Column("resolution", sa.String(16), nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("updated", sa.Float, nullable=False),
)
desk_messages = sa.Table(
    "desk_messages",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    # Counts from 1 within a session.
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("case", sa.String(64), nullable=False),
    # "person" said it, or it is a "closed" or "back" notice.
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("person", sa.String(80), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    # The visitor's turn after which it came.
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
)
# How support conversations went: one row a session that asked for support.
outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("session", sa.String(64), primary_key=True),
    sa.Column("site", sa.String(40), nullable=False),
    sa.Column("catalogue", sa.String(64), nullable=False),
    # "open", "confirmed", "escalated", "by_person" or "unresolved"; "assumed" is an open one left
    # alone.
    sa.Column("resolution", sa.String(16), nullable=False),
    # 1 to 5; 0 = asked and not answered; NULL = not asked yet.
    sa.Column("csat", sa.Integer),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("updated", sa.Float, nullable=False),
)
# Help pages, cut into passages. See chatbot/knowledge.
knowledge_documents = sa.Table(
    "knowledge_documents",
    metadata,
    sa.Column("catalogue", sa.String(64), primary_key=True),
    # The path below the folder that was imported; names the document in later imports.
    sa.Column("source", sa.String(500), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("updated", sa.Float, nullable=False),
)
knowledge_passages = sa.Table(
    "knowledge_passages",
    metadata,
    sa.Column("catalogue", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("source", sa.String(500), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    # Changed by an operator's hand: an import leaves it as it is until its document changes.
    sa.Column("edited", sa.Boolean, nullable=False),
)
