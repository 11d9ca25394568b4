"""What runs on this machine: the PostgreSQL server and the processes of the product."""
