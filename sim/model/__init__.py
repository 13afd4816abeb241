"""What the model is made of: rules, parameters, strategies, addressed chance, and the landscape of two blocs."""
