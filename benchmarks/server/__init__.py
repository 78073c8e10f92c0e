"""What the server adds to a call, beside other gateways."""
