"""Training pipeline of nano: render desk scenes, train, evaluate, export."""
