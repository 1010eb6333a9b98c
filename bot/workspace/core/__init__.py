"""The workspace's state and its ties to the bot: members, conversations, clock, deliveries, faults."""
