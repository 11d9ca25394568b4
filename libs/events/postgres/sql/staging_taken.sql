-- Which of these numbers some complaint has already.
SELECT DISTINCT c.number FROM unnest(%(numbers)s::text[]) AS n (number)
JOIN events.commands AS c ON c.number = n.number
