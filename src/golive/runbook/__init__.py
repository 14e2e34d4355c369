"""What is to be done: the runbook, its plan and its life cycle; pure but for loading."""
