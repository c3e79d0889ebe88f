"""Deals tagged in a CRM, and what a CRM knows of them: CSV, HubSpot and Salesforce.

`tags.py` (an assessment → values), `mapping.py` (which CRM field gets which), `pushing.py` and
`pulling.py` (what would change, and doing it) know no CRM; `hubspot.py` and `salesforce.py` are the
two adapters. Nothing here opens a connection unless a token is set.
"""
