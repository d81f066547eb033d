"""The scorer kernel: one file per idea, pure functions on plain values.

Where a paper's released code differs from its text both are offered as `mode="paper"` and `mode="released"`.
"""
