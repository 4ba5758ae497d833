"""The content studio: drafts in which every fact is recorded, counted or the writer's own note.

`chatbot.studio.desk.Studio` is the whole surface; the rest are its parts.
"""
