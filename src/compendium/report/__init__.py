"""What people read: pages and documents made from the ledger."""
