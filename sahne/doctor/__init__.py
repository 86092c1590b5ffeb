"""`sahne doctor`: a table of looks at an installation from outside, each bounded in time, none of them changing anything."""
