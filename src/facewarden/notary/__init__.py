"""Noting the head of the audit log elsewhere, where whoever has the store cannot reach it."""
