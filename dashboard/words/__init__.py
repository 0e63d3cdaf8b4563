"""What the law, plans, packs and checks find, in words of either language."""
