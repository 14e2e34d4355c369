"""Compare the old system with the new one, value by value, and prove that nothing was left out."""
