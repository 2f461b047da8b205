"""A walk through every operation on a real tenant, compared with what the client and the tenant in a box expect."""
