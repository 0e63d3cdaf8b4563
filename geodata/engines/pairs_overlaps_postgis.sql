select first_id, second_id, measure{by}
from met
cross join lateral (
    select st_area(st_collectionextract(st_intersection(first, second), 3)) as measure
) shared
where measure >= {least}
