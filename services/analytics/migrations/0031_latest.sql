-- The board shows what happened last; it asks the facts for it and not the feed, which services do
-- not read while events come to them by topics.
CREATE INDEX cases_by_change ON analytics.cases (last_at DESC);
