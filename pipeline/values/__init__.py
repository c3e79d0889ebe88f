"""From the reader's proposals to values: one module per kind of value (names, numbers,
sentences).
"""
