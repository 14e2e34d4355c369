"""The parts of the set-up, one module each; nothing here needs a package."""
