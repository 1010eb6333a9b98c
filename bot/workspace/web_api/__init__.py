"""Slack's Web API, as far as the practice workspace has it: one module for each family of methods."""
