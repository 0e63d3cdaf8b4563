"""The telling of cases: drafts from the record, what people changed, what may be told to whom."""
