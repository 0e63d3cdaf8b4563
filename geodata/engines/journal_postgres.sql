-- The journal, version 1 (journal_store.version), as in journal.sql. The one row of
-- journal_store is what writers lock, so that each entry follows the one before it.

create table journal_store (
    version integer not null
);
insert into journal_store values (1);

create table journal_entries (
    entered bigint primary key,
    subject text   not null,
    kind    text   not null,
    told    text   not null,
    chain   text   not null unique
);
create index journal_entries_by_subject on journal_entries (subject);
create index journal_entries_by_kind on journal_entries (kind);

create function journal_store_is_append_only() returns trigger language plpgsql as
$$
begin
    raise exception 'the journal is append-only' using errcode = 'restrict_violation';
end
$$;

create trigger journal_entries_are_never_changed
    before update or delete or truncate on journal_entries
    for each statement execute function journal_store_is_append_only();
