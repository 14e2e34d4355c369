"""Doing each kind of task: one module per outside tool."""
