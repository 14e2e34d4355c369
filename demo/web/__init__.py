"""What the demo's web applications have in common technically; no business rule lives here."""
