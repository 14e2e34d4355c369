"""Go/no-go criteria, computed from evidence and never typed in."""
