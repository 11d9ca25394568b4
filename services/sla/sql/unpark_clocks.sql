UPDATE sla.open_clocks SET parked = NULL WHERE parked IS NOT NULL
