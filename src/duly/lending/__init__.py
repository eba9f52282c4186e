"""Lending: products, loans and the facts that happened to them; the import of a lender's existing book.

A loan never changes and facts are only ever added: the database refuses anything else. May import people, law, engine.
"""
