"""The OpenAPI document of the server, made from its table of routes."""
