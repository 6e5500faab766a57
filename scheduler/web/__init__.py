"""What is served over HTTP: parse, ask an action, render."""
