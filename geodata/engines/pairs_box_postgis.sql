select min(st_xmin(place)), min(st_ymin(place)), max(st_xmax(place)), max(st_ymax(place))
from feature_rows
where layer = %s and {scope} and st_xmax(place) < 'Infinity' and st_ymax(place) < 'Infinity'
    and st_xmin(place) > '-Infinity' and st_ymin(place) > '-Infinity'
