"""The camera frame, and the grid of soft tokens over it."""
WIDTH, HEIGHT = 640, 480
COLUMNS, ROWS = 6, 4                                 # soft-token grid of a 288 x 192 picture
