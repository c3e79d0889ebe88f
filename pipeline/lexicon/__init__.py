"""Words the product knows: products, numbers, places, industries, functions, titles, money."""
