SELECT events.now()
