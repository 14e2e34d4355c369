"""Doing a plan and remembering it: events, fold, executor, worker."""
