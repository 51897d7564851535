"""The report: one document made from the journal, its schema, and the views of it."""
