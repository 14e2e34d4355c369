"""The command line: prints, wires and exits; the only place that does."""
