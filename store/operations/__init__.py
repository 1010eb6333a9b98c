"""What an operator does with a whole database: open, upgrade, rotate keys, back up, measure."""
