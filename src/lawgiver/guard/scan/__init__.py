"""Texts by the million: rows in, decisions out, as they come; a row that cannot be read says so."""
