SELECT simulation, events.now(), speed, epoch FROM events.clock
