"""The providers' own clients, which reach the fleet without a socket."""
