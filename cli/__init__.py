"""The command line: one module for each noun, one function for each verb."""
