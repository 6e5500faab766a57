"""The ways by which a message reaches a person, one module each."""
