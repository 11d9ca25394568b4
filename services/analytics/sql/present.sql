SELECT events.now() AS now, simulation, speed FROM events.clock
