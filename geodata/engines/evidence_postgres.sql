-- The register of evidence, version 1 (evidence_store.version), as in evidence.sql. The one row
-- of evidence_store is what writers lock, so that each entry follows the one before it.

create table evidence_store (
    version integer not null
);
insert into evidence_store values (1);

create table evidence_entries (
    entered bigint primary key,
    item    bigint not null,
    sha256  text   not null,
    told    text   not null,
    chain   text   not null unique
);
create index evidence_entries_by_item on evidence_entries (item);
create index evidence_entries_by_sha256 on evidence_entries (sha256);

create function evidence_store_is_append_only() returns trigger language plpgsql as
$$
begin
    raise exception 'evidence is append-only' using errcode = 'restrict_violation';
end
$$;

create trigger evidence_entries_are_never_changed
    before update or delete or truncate on evidence_entries
    for each statement execute function evidence_store_is_append_only();
