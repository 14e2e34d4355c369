"""golive proves an enterprise go-live before the night and runs the night itself."""
