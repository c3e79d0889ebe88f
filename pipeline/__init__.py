"""GROUND floor: what the product knows (no I/O beyond its own data files, no torch, no SQL).

A recorded call is transcribed and diarized into turns; the turns are searched for ICP-fit and
disqualifier signals, each with its evidence; the signals of all calls of a deal, held against an
ICP profile, give a fit assessment that a person can review.
"""
