-- Complaints by state: that of their last event that says one.
SELECT CASE last.type
        WHEN 'ComplaintRegistered' THEN 'open' WHEN 'ComplaintReopened' THEN 'open'
        WHEN 'ComplaintDeclined' THEN 'declined' WHEN 'CustomerAnswered' THEN 'answered'
        WHEN 'ComplaintClosed' THEN 'closed' WHEN 'ComplaintArchived' THEN 'archived'
        WHEN 'ComplaintWithdrawn' THEN 'withdrawn' ELSE 'destroyed' END AS state,
    count(*)
FROM (
    SELECT DISTINCT ON (stream) type FROM events.events
    WHERE stream LIKE 'complaint/%' AND type IN (
        'ComplaintRegistered', 'ComplaintReopened', 'ComplaintDeclined', 'CustomerAnswered',
        'ComplaintClosed', 'ComplaintArchived', 'ComplaintWithdrawn', 'ArchiveDestroyed')
    ORDER BY stream, version DESC
) AS last
GROUP BY state ORDER BY state
