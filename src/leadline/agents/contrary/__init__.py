"""What the quoted sentences say otherwise than a question takes for granted.

- `rule.py` the front door: a question, what was read and what is quoted in; the question's words and the source's out.
- `event.py` an event's opposite or its denial, `doer.py` who did it, `when.py` in which month or year.
- `lines.py` sentences made ready to be compared. `clauses.py` who does what in a sentence, `opposites.py` the pairs of
  words.
"""
