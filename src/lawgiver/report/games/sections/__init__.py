"""The sections of pages on games; each says from the material which blocks it is made of, or why there are none."""
