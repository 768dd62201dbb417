"""Networks: one builder a function, one family a file. Every builder's model takes raw pixels 0..255."""
