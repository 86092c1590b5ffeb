"""`sahne doctor`: a table of looks at an installation, each bounded in time, none of which changes anything."""
