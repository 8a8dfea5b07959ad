"""How requests come in and answers go out: what every resource shares."""
