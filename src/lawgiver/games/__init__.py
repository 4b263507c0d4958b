"""Matrix games: what they pay, who is played against, what a moral framework makes of it, and what is learned."""
