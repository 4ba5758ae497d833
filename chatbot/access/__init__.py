"""Who may use the assistant, and from where: sites, keys, signed visitors. Knows no HTTP."""
