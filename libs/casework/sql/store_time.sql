SELECT simulation, epoch, speed, events.now() FROM events.clock
