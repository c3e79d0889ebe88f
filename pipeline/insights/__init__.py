"""What many deals together say about a profile: lift, tiers, precision, what a change would do."""
