SELECT DISTINCT complaint FROM sla.open_clocks WHERE calendar IS NOT NULL ORDER BY complaint
