SELECT wrapped_key FROM keys.case_keys WHERE stream = %(stream)s
