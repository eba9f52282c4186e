"""The import of a lender's existing book: files of any make, read through a mapping, checked, and recorded in one go.

`run.import_files` is the way in. Columns all the way: no loop over rows, no query a loan. May import lending, people,
engine.
"""
