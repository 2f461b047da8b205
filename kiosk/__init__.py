"""The badge station: one asyncio process that decides, shows, calls Microsoft Graph and keeps the registry."""
