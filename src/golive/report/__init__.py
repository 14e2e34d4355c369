"""Views of the journal: everything anyone sees, none of it the truth itself."""
