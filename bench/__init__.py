"""How fast schedules are worked out, next to the libraries people would otherwise use. Timings, not tests."""
