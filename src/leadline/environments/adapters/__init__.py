"""Environments of other projects behind our protocol; each needs its library and says which extra brings it."""
