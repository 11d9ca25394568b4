SELECT events.stand_in_line(%s);
SELECT * FROM events.append(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
    %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
