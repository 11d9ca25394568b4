"""Regulations as data, pure: schema, calendars, clocks, rules, numbering, KPIs."""
