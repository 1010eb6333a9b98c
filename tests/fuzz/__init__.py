"""Damaged files, thousands of them: whatever they are, an answer comes, and in time."""
