SELECT pg_get_userbyid(acl.grantee), acl.privilege_type
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS acl
WHERE n.nspname = %(schema)s AND c.relname = %(table)s
  AND acl.grantee <> 0 AND acl.grantee <> c.relowner
