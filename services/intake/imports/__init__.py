"""Old ledgers brought in: read, checked whole, told as events, in force at one commit."""
