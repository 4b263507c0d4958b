"""A text classifier on a pretrained backbone: several outputs a text, long texts read in overlapping windows."""
