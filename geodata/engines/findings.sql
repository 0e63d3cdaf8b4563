-- Runs of rules and decisions on findings, version 1 (pragma user_version). A finding that is the
-- same in many runs is kept once (finding_texts); finding_places say which run found which, in
-- its order. `entered` grows with every row; nothing is ever changed or removed.

create table finding_runs (
    entered          integer primary key,
    rule             text    not null,
    version          text    not null,
    as_of            text    not null,
    recorded_at      text    not null,  -- UTC
    who              text    not null,
    why              text    not null,
    code             text    not null,
    has_run          integer not null,
    is_demonstration integer not null,
    found            integer not null,
    document         text    not null
) strict;

create table finding_texts (
    entered      integer primary key,
    sha256       text    not null unique,
    finding      text    not null,
    facts_id     text    not null,
    jurisdiction text    not null,
    document     text    not null
) strict;
create index finding_texts_by_finding on finding_texts (finding, facts_id);

create table finding_places (
    run   integer not null references finding_runs (entered),
    place integer not null,
    told  integer not null references finding_texts (entered),
    primary key (run, place)
) strict, without rowid;

create table finding_entries (
    entered     integer primary key,
    subject     text    not null,
    number      integer not null,
    facts_id    text    not null,
    kind        text    not null,
    recorded_at text    not null,  -- UTC
    recorded_by text    not null,
    why         text    not null,
    case_id     text    not null,
    run         text    not null,
    unique (subject, number)
) strict;

create trigger finding_runs_are_never_changed before update on finding_runs
begin
    select raise(abort, 'runs are append-only');
end;

create trigger finding_runs_are_never_removed before delete on finding_runs
begin
    select raise(abort, 'runs are append-only');
end;

create trigger finding_texts_are_never_changed before update on finding_texts
begin
    select raise(abort, 'findings are append-only');
end;

create trigger finding_texts_are_never_removed before delete on finding_texts
begin
    select raise(abort, 'findings are append-only');
end;

create trigger finding_places_are_never_changed before update on finding_places
begin
    select raise(abort, 'findings are append-only');
end;

create trigger finding_places_are_never_removed before delete on finding_places
begin
    select raise(abort, 'findings are append-only');
end;

create trigger finding_entries_are_never_changed before update on finding_entries
begin
    select raise(abort, 'decisions are append-only');
end;

create trigger finding_entries_are_never_removed before delete on finding_entries
begin
    select raise(abort, 'decisions are append-only');
end;
