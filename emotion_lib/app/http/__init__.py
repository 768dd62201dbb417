"""What every request passes through: password, limits, bodies, errors, figures."""
