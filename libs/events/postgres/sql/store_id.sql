SELECT store_id FROM events.store
