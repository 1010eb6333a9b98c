"""Building blocks of messages: Block Kit, escaping, times, people, errors in words."""
