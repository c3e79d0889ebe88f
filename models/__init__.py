"""MIDDLE floor: learned models only (speech, speakers, entities, entailment), no database
models.
"""
