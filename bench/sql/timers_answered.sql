DELETE FROM sla.open_clocks WHERE rung_at < %(before)s
