-- Cases and their entries, version 1 (pragma user_version). What figures are counted from
-- stands in columns of its own; `facts` is JSON and holds the rest. `entered` grows with
-- every row: whoever has read up to a number reads on from there.

create table cases (
    entered          integer primary key,
    id               text    not null unique,
    title_zh         text    not null,
    title_en         text    not null,
    jurisdiction     text    not null,
    kind             text    not null,
    field            text    not null,
    secondary_fields text    not null,  -- for counting; whole in facts
    agency           text    not null,
    series           text    not null,
    shared_with      text    not null,  -- for counting; whole in facts
    lead_source      text    not null,
    rule_set         text    not null,
    came_from        text    not null,
    is_demonstration integer not null,
    facts            text    not null
) strict;

create table links (
    case_entered integer not null references cases (entered),
    place        integer not null,
    layer        text    not null,
    hazard       text    not null,
    primary key (case_entered, place)
) strict, without rowid;

create table events (
    entered      integer primary key,
    case_entered integer not null references cases (entered),
    number       integer not null,
    kind         text    not null,
    occurred_on  text    not null,
    recorded_at  text    not null,  -- UTC, without saying so
    due_on       text,
    ground       text    not null,
    corrects     integer,
    ref          text    not null,  -- layer:id of a linked hazard; whole in facts
    facts        text    not null,
    unique (case_entered, number)
) strict;

create trigger cases_are_never_changed before update on cases
begin
    select raise(abort, 'cases are append-only');
end;

create trigger cases_are_never_removed before delete on cases
begin
    select raise(abort, 'cases are append-only');
end;

create trigger links_are_never_changed before update on links
begin
    select raise(abort, 'links are append-only');
end;

create trigger links_are_never_removed before delete on links
begin
    select raise(abort, 'links are append-only');
end;

create trigger events_are_never_changed before update on events
begin
    select raise(abort, 'events are append-only');
end;

create trigger events_are_never_removed before delete on events
begin
    select raise(abort, 'events are append-only');
end;
