-- Runs of rules and decisions on findings, version 1 (finding_store.version), as in findings.sql.
-- The one row of finding_store is what writers lock, so that numbers appear in their order.

create table finding_store (
    version integer not null
);
insert into finding_store values (1);

create table finding_runs (
    entered          bigint  primary key,
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
);

create table finding_texts (
    entered      bigint primary key,
    sha256       text   not null unique,
    finding      text   not null,
    facts_id     text   not null,
    jurisdiction text   not null,
    document     text   not null
);
create index finding_texts_by_finding on finding_texts (finding, facts_id);

create table finding_places (
    run   bigint  not null references finding_runs (entered),
    place integer not null,
    told  bigint  not null references finding_texts (entered),
    primary key (run, place)
);

create table finding_entries (
    entered     bigint  primary key,
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
);

create function finding_store_is_append_only() returns trigger language plpgsql as
$$
begin
    raise exception '% are append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger finding_runs_are_never_changed
    before update or delete or truncate on finding_runs
    for each statement execute function finding_store_is_append_only();

create trigger finding_texts_are_never_changed
    before update or delete or truncate on finding_texts
    for each statement execute function finding_store_is_append_only();

create trigger finding_places_are_never_changed
    before update or delete or truncate on finding_places
    for each statement execute function finding_store_is_append_only();

create trigger finding_entries_are_never_changed
    before update or delete or truncate on finding_entries
    for each statement execute function finding_store_is_append_only();
