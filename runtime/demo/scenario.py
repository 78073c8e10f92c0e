"""Three models under a steady load: one loses its server, gets it back, and its actor crashes."""

from __future__ import annotations
