"""Who somebody is and what they may do: roles, rights, passwords, tokens."""
