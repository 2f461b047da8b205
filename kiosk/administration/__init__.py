"""What an administrator does to one person's method, whatever asks for it: look, create, change and delete safely."""
