"""Planned doses on paper: what a sheet says, and the PDF of it. Pure but for the typesetter."""
