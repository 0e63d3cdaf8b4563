"""Lambert's azimuthal equal-area plane on an ellipsoid, forward, for many corners at once.

J. P. Snyder, Map Projections: A Working Manual (USGS Professional Paper 1395, 1987), page 187,
oblique aspect; what PROJ calls `laea`. The tests hold it against PROJ to a micrometre.
"""

from math import asin, atanh, cos, radians, sin, sqrt
from typing import Any

from geodata.kernels import compiled

Array = Any  # an array of numpy, inside compiled code


@compiled
def _authalic_q(sine: float, e: float) -> float:
    """Return Snyder's q of the sine of a latitude, (3-12)."""
    es = e * sine
    return (1 - e * e) * (sine / (1 - es * es) + atanh(es) / e)


@compiled
def project(
    degrees: Array, lon_0: float, lat_0: float, radius_m: float, e2: float, metres: Array
) -> None:
    """Fill in metres east and north of a centre for longitudes and latitudes in degrees."""
    e = sqrt(e2)
    sine_0 = sin(radians(lat_0))
    q_pole = _authalic_q(1.0, e)
    beta_0 = asin(_authalic_q(sine_0, e) / q_pole)
    sine_beta_0, cosine_beta_0 = sin(beta_0), cos(beta_0)
    authalic_m = radius_m * sqrt(q_pole / 2)
    scale = cos(radians(lat_0)) / (sqrt(1 - e2 * sine_0 * sine_0) * cosine_beta_0)
    stretch = radius_m * scale / authalic_m
    for k in range(len(degrees)):
        turn = radians(degrees[k, 0] - lon_0)
        sine_beta = _authalic_q(sin(radians(degrees[k, 1])), e) / q_pole
        cosine_beta = sqrt(max(0.0, 1 - sine_beta * sine_beta))
        across = cosine_beta * cos(turn)
        size = authalic_m * sqrt(2 / (1 + sine_beta_0 * sine_beta + cosine_beta_0 * across))
        metres[k, 0] = size * stretch * cosine_beta * sin(turn)
        metres[k, 1] = size / stretch * (cosine_beta_0 * sine_beta - sine_beta_0 * across)
