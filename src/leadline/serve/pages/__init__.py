"""Pages in the browser: ask, watch a run, read a report down to its evidence, search, compare systems."""
