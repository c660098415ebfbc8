"""How the documentation becomes a site: the reference is made from the declarations, never written twice."""
