"""The demonstration data of Lanzhou: invented, marked as such, and the same at every start.

What the mission states comes out exactly: 45 stations in 6 townships of Xigu, 260 water
hazards in Qilihe, 44 payments in Honggu, nine cases told by name among 26.
"""

from geodata.sample.cases import sample_cases
from geodata.sample.features import SAMPLE_ON, sample_features, sample_lists
from geodata.sample.writing import write_sample

__all__ = ["SAMPLE_ON", "sample_cases", "sample_features", "sample_lists", "write_sample"]
