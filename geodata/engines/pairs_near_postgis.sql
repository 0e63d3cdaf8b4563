select first_id, second_id, measure{by}
from met
cross join lateral (
    select st_length(st_transform(st_shortestline(first, second), {plane}, 4490)::geography) as measure
) apart
where st_dwithin(first, second, {within_m} * {stretch}) and measure <= {within_m}
