select side, id, what, why from (
    select seq, side, id, 'left_out' as what, case
        when place is null or st_isempty(place) then 'no_place'
        when not (st_xmax(place) < 'Infinity' and st_ymax(place) < 'Infinity'
                  and st_xmin(place) > '-Infinity' and st_ymin(place) > '-Infinity') then 'no_numbers'
        when not st_dimension(place) = any(kinds) then 'other_kind'
    end as why
    from (
        select seq, 1 as side, id, place, {first_kinds} as kinds from a
        union all
        select seq, 2, id, place, {second_kinds} from feature_rows
        where layer = {second} and left_at is null and not is_closed
    ) given
    union all
    select seq, side, id, 'mended', why from sound where not is_sound
    union all
    select seq, side, id, 'left_out', 'no_area' from sound where st_isempty(shape)
) doubt
where why is not null
order by side, what desc, seq
