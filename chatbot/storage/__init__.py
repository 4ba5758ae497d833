"""The database: the only truth. Every index can be rebuilt from it."""
