-- As text, for a driver that would otherwise carry bytes in hex: twice the length, and slower to read.
SELECT convert_from(header, 'UTF8'), convert_from(body, 'UTF8'), hash
FROM events.events
WHERE stream = %s AND version > %s
ORDER BY version
