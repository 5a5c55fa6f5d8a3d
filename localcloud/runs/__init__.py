"""The execution of runs: their status, steps, inputs, and the commands they execute."""
