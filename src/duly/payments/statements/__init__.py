"""Bank statements: files of ISO 20022 and CSV read into entries, recorded once, and their money posted."""
