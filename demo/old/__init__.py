"""The old order-to-cash system: a 1990s ERP with terse tables and dirty data."""
