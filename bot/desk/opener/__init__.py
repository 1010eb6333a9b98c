"""Opening untrusted files in worker processes with a time and memory budget."""
