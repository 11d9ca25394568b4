UPDATE events.publisher SET holder = NULL WHERE epoch = %(epoch)s
