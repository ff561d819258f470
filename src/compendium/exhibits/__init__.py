"""The ledger of estimates, figures and tables."""
