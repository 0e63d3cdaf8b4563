-- The register of evidence, version 1 (pragma user_version): one row an entry, in one chain.
-- `told` is JSON and holds all of it; item and sha256 repeat what it tells, to find it by.

create table evidence_entries (
    entered integer primary key,
    item    integer not null,
    sha256  text    not null,
    told    text    not null,
    chain   text    not null unique
) strict;
create index evidence_entries_by_item on evidence_entries (item);
create index evidence_entries_by_sha256 on evidence_entries (sha256);

create trigger evidence_entries_are_never_changed before update on evidence_entries
begin
    select raise(abort, 'evidence is append-only');
end;

create trigger evidence_entries_are_never_removed before delete on evidence_entries
begin
    select raise(abort, 'evidence is append-only');
end;
