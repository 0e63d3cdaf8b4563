"""The panels of leads: the volunteers' own page, the inbox, look-backs by invitation."""
