UPDATE events.sequencer SET holder = NULL WHERE epoch = %(epoch)s
