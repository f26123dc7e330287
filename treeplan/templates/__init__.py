"""Page and pack templates, styles, and the catalogue of words."""
