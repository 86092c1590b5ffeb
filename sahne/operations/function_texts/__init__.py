"""The functions of the database as text: one folder to read, and the dated migrations that make it true.

`sahne/database/functions` tells today's text of every function, by room. A database only ever follows its migrations;
what of the folder they do not say yet is found here (`compare.py`) and written as the next one (`migration.py`).
"""
