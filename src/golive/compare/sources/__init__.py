"""The built-in sources; a third party adds its own by the entry point ``golive.sources``."""
