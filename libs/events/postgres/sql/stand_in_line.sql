SELECT events.stand_in_line(%s)
