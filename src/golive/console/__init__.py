"""The console: web pages over the journal for people who have no terminal, and their buttons."""
