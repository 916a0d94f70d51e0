"""Derivations, code and checks, as a reader wants them: together.

Every module of layers, losses and penalties begins with its derivation. What is here
reads those docstrings: `formulas` takes the displayed formulas out of them, `families`
orders them, `subjects` finds one by name, `code` shows what computes it, and `pages`
makes docs/derivations/ of them.
"""
