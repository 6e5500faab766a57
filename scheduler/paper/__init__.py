"""Planned doses on paper: what a sheet says, and the PDF that Typst makes of it. Pure but for the typesetter."""
