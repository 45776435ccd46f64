"""Long recordings of held-out worlds with the truth of every moment: `python -m training.run stream`."""
