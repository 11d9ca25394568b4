SELECT complaint FROM analytics.cases WHERE number = %(number)s ORDER BY registered_at DESC LIMIT 20
