-- Features in PostgreSQL with PostGIS, version 2: what a map asks of the rows that hold now, in a
-- table for each layer, made like `feature_drawn` (which stays empty) under the layer's number. It
-- follows from `feature_rows` and is brought up from there, so that losing it loses nothing.

alter table feature_layers
    add column number integer generated always as identity,
    add column drawn_at integer,  -- the revision up to which the layer's table is brought up
    add column held bigint,  -- how many rows hold then
    add column detail_from smallint;  -- the zoom from which tiles hold features one by one

-- Which rows left since a revision.
create index feature_rows_left on feature_rows (layer, left_at) where left_at is not null;

create table feature_drawn (
    number bigint not null,  -- feature_rows.seq, and the id in a tile
    id text not null,
    jurisdiction text,
    hazard_kinds text[],
    found_on date,
    verified_on date,
    relapsed_on date,
    waits boolean not null,  -- for a place
    is_demonstration boolean not null,
    words text not null,  -- what a search looks through, in small letters
    kind smallint not null,  -- as in tiles: 1 points, 2 lines, 3 areas, 0 no place
    vertices integer not null,
    x bigint not null,  -- the middle of the box, the Mercator square being 2^32 to its side
    y bigint not null,  -- from the north
    shape geometry(geometry, 3857)
);
alter table feature_drawn alter column shape set storage external;
