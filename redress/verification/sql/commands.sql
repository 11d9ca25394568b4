SELECT command_id, stream, first_version, last_version, number FROM events.commands
