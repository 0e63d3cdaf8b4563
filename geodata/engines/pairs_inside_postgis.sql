select first_id, second_id, measure{by}
from met
cross join lateral (
    select case when st_dimension(first) = 0 then 0 else st_length(
        st_transform(st_collectionextract(st_intersection(first, second), 2), {plane}, 4490)::geography
    ) end as measure
) shared
where st_intersects(first, second) and (st_dimension(first) = 0 or measure > {least})
