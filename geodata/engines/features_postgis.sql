-- Features in PostgreSQL with PostGIS, version 1. What a row says is in `facts`; the columns
-- beside it are what scopes ask for. A row is never changed: it enters with one revision and
-- leaves with another, so that every state there was can be read.

create table feature_store (
    is_only boolean primary key default true check (is_only),
    version integer not null,
    revision integer not null default 0
);

create table feature_revisions (
    number integer primary key,
    layer text not null,
    note jsonb not null,
    added integer not null,
    changed integer not null,
    closed integer not null,
    takes_back text not null
);
create index feature_revisions_layer on feature_revisions (layer, number);

create table feature_layers (
    layer text primary key,
    columns jsonb not null  -- name and kind of each column, in order
);

create table feature_rows (
    seq bigint generated always as identity primary key,
    layer text not null,
    id text not null,
    entered integer not null references feature_revisions,
    left_at integer references feature_revisions,
    is_closed boolean not null,
    valid_from date,
    valid_to date,
    found_on date,
    facts jsonb not null,
    jurisdiction text generated always as (facts ->> 'jurisdiction') stored,
    hazard_kinds text generated always as (facts ->> 'hazard_kinds') stored,
    place geometry check (st_srid(place) = 4490)
);
create unique index feature_rows_current on feature_rows (layer, id)
    where left_at is null and not is_closed;
create index feature_rows_layer on feature_rows (layer, entered);
create index feature_rows_office on feature_rows (layer, jurisdiction)
    where left_at is null and not is_closed;
create index feature_rows_place on feature_rows using gist (place);

create table feature_aside (name text primary key, content bytea not null);

insert into feature_store (version) values (1);
