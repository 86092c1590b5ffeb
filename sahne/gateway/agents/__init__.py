"""The door of agents, which act as the person whose token they carry, in the Model Context Protocol."""
