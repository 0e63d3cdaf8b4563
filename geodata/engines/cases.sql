create table if not exists cases (
    id    text primary key,
    facts text not null
) strict;

create table if not exists events (
    case_id     text    not null references cases (id),
    number      integer not null,
    kind        text    not null,
    occurred_on text    not null,
    recorded_at text    not null,
    facts       text    not null,
    primary key (case_id, number)
) strict;

create trigger if not exists events_are_never_changed
before update on events
begin
    select raise(abort, 'events are append-only');
end;

create trigger if not exists events_are_never_removed
before delete on events
begin
    select raise(abort, 'events are append-only');
end;
