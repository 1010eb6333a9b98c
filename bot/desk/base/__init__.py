"""What every use case builds on: the desk, errors, input parsing, the calendar."""
