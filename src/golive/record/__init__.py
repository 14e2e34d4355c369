"""The record of a go-live: chained journal and ledger, evidence store, redaction, run folders."""
