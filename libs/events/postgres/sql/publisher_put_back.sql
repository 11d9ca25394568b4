-- Publish again from a position on, to whichever cluster answers now. A page under way moves nothing
-- any more, because the position is not where its publisher left it.
WITH forgotten AS (DELETE FROM events.published)
UPDATE events.publisher SET cluster = NULL, position = %(position)s
WHERE position >= %(position)s
RETURNING position
