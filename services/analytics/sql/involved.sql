SELECT complaint, number, tier, unit, units FROM analytics.cases WHERE complaint = ANY (%(complaints)s)
