"""The steps of the two main functions, one per file; a step imports the domain, never another
step.
"""
