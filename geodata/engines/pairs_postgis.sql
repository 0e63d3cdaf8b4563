-- Which features of two layers meet, for every relation: what can be compared (dimensions
-- {first_kinds} and {second_kinds}), which boxes meet, what is sound of it, in the plane.
-- Boxes are widened as in geodata.overlay.widened, and by {reach} degrees.
with a as materialized (
    select seq, id, place,
        {reach} + {bulge} * greatest(st_xmax(place) - st_xmin(place), st_ymax(place) - st_ymin(place)) ^ 2 as room
    from feature_rows
    where layer = %s and {scope}
),
widest as materialized (
    select coalesce(max(greatest(st_xmax(place) - st_xmin(place), st_ymax(place) - st_ymin(place))), 0) as side
    from feature_rows
    where layer = {second} and left_at is null and not is_closed
        and st_xmax(place) < 'Infinity' and st_ymax(place) < 'Infinity'
        and st_xmin(place) > '-Infinity' and st_ymin(place) > '-Infinity'
),
boxes as materialized (
    select a.seq as first_seq, b.seq as second_seq
    from a
    join feature_rows b on b.layer = {second} and b.left_at is null and not b.is_closed
        and b.place && st_expand(a.place, a.room + {bulge} * (select side from widest) ^ 2)
    cross join lateral (
        select {bulge} * greatest(st_xmax(b.place) - st_xmin(b.place), st_ymax(b.place) - st_ymin(b.place)) ^ 2 as room
    ) of_b
    where st_dimension(a.place) = any({first_kinds}) and st_dimension(b.place) = any({second_kinds})
        and st_xmax(a.place) < 'Infinity' and st_ymax(a.place) < 'Infinity'
        and st_xmin(a.place) > '-Infinity' and st_ymin(a.place) > '-Infinity'
        and st_xmax(b.place) < 'Infinity' and st_ymax(b.place) < 'Infinity'
        and st_xmin(b.place) > '-Infinity' and st_ymin(b.place) > '-Infinity'
        and st_xmin(a.place) - a.room <= st_xmax(b.place) + of_b.room
        and st_xmin(b.place) - of_b.room <= st_xmax(a.place) + a.room
        and st_ymin(a.place) - a.room <= st_ymax(b.place) + of_b.room
        and st_ymin(b.place) - of_b.room <= st_ymax(a.place) + a.room
),
sound as materialized (
    select seq, id, side, facts, is_sound, why, shape, st_transform(shape, {plane}) as plane
    from (
        select seq, id, side, facts, is_sound,
            case when not is_sound then st_isvalidreason(place) end as why,
            case when is_sound then place
                 else st_collectionextract(st_makevalid(place, 'method=structure keepcollapsed=false'), 3)
            end as shape
        from (
            select seq, id, 1 as side, null::jsonb as facts, st_force2d(place) as place,
                st_dimension(place) < 2 or st_isvalid(place) as is_sound
            from a where seq in (select first_seq from boxes)
            union all
            select seq, id, 2, facts, st_force2d(place), st_dimension(place) < 2 or st_isvalid(place)
            from feature_rows where seq in (select second_seq from boxes)
        ) given
    ) mended
),
met as materialized (
    select f.id as first_id, s.id as second_id, s.facts, f.plane as first, s.plane as second
    from boxes
    join sound f on f.seq = boxes.first_seq and f.side = 1 and not st_isempty(f.shape)
    join sound s on s.seq = boxes.second_seq and s.side = 2 and not st_isempty(s.shape)
)
