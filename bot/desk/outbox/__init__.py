"""The outbox: messages and tasks written with the change, sent after the commit."""
