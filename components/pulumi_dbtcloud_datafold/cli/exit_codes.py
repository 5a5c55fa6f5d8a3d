"""How the commands end: 0 well, 1 something was found, or is left to decide, 2 an error."""

WELL, FOUND, ERROR = 0, 1, 2
