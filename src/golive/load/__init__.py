"""Put a described load on a system and judge what came back; Locust runs as its own process."""
