-- Together with the deliveries of other partitions, and with nobody else. An update of the position
-- does not conflict with this lock, so two that hold it can both move the position without waiting
-- for each other in a circle.
SELECT build FROM events.builds WHERE build = %(build)s AND state = 'live' FOR KEY SHARE
