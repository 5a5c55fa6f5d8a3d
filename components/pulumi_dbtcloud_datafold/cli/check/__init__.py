"""One look that says whether all is well: as declared, working, reachable, and nothing foreign in between."""
