"""What the screen has to show of the demonstration data, counted without a browser."""

from functools import cache

import geopandas as gpd
import shapely

from geodata import Case, RuleSet, Scope, load_rule_set
from geodata.sample import SAMPLE_ON, sample_cases, sample_features
from layers.indicators import Indicator, count_plainly
from layers.situation import Situation, collect_features
from tests.layers.pictures import look_at


@cache
def features() -> gpd.GeoDataFrame:
    """Return every demonstration feature, EPSG:4490."""
    return collect_features(sample_features())


@cache
def cases() -> tuple[Case, ...]:
    """Return every demonstration case."""
    return tuple(sample_cases())


@cache
def rules() -> RuleSet:
    """Return the rule set of the demonstration."""
    return load_rule_set()


@cache
def seen(scope: Scope = Scope()) -> Situation:
    """Return the demonstration as a scope sees it on its own day."""
    return look_at(features(), cases(), scope, SAMPLE_ON)


def placed(scope: Scope = Scope()) -> set[str]:
    """Return the references of the features of a scope that have a place on the map."""
    found = seen(scope).features
    return set(found.loc[found.geometry.notna(), "ref"])


def indicators(scope: Scope = Scope()) -> tuple[Indicator, ...]:
    """Return the leaders' numbers of a scope."""
    return count_plainly(seen(scope), cases(), load_rule_set)


def place(ref: str) -> tuple[float, float]:
    """Return longitude and latitude of the middle of a feature, in degrees."""
    middle = features().set_index("ref").geometry[ref].centroid
    return middle.x, middle.y


def loneliest(layer: str) -> str:
    """Return the feature with a case, of a layer of points, that lies farthest from any other."""
    whole = seen().features
    shapes = whole.geometry[whole.geometry.notna()]
    points = whole[(whole["layer"] == layer) & whole["case_ids"].ne("")]
    distances = [shapely.distance(point, shapes.drop(row)).min() for row, point in
                 points.geometry.items()]  # fmt: skip
    return str(points["ref"].iloc[distances.index(max(distances))])
