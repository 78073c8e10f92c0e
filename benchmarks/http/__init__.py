"""What a call costs over HTTP: clients, gateways and ours against a fake server."""
