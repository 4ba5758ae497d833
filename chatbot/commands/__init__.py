"""One module a command: opens what it needs, runs it, reports in plain lines."""
