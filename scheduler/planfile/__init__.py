"""The plan file and the JSON contract: text in, immutable values out, and back."""
