-- Cases and their entries, version 1 (case_store.version), as in cases.sql: columns for what
-- figures are counted from, `facts` (JSON as text) for the rest, `entered` growing with every
-- row. The one row of case_store is what writers lock, so that numbers appear in their order.

create table case_store (
    version integer not null
);
insert into case_store values (1);

create table cases (
    entered          bigint  primary key,
    id               text    collate "C" not null unique,
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
);

create table links (
    case_entered bigint  not null references cases (entered),
    place        integer not null,
    layer        text    not null,
    hazard       text    not null,
    primary key (case_entered, place)
);

create table events (
    entered      bigint    primary key,
    case_entered bigint    not null references cases (entered),
    number       integer   not null,
    kind         text      not null,
    occurred_on  date      not null,
    recorded_at  timestamp not null,  -- UTC, without saying so
    due_on       date,
    ground       text      not null,
    corrects     integer,
    ref          text      not null,  -- layer:id of a linked hazard; whole in facts
    facts        text      not null,
    unique (case_entered, number)
);

create function case_store_is_append_only() returns trigger language plpgsql as
$$
begin
    raise exception '% are append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;

create trigger cases_are_never_changed before update or delete or truncate on cases
    for each statement execute function case_store_is_append_only();

create trigger links_are_never_changed before update or delete or truncate on links
    for each statement execute function case_store_is_append_only();

create trigger events_are_never_changed before update or delete or truncate on events
    for each statement execute function case_store_is_append_only();
