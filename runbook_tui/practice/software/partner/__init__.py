"""The partner: confirms orders, keeps webhook registrations, and sometimes fails."""
