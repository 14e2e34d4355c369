"""The new order-to-cash system: clean, normalised, constrained."""
