-- The journal, version 1 (pragma user_version): one row an entry, in one chain.
-- `told` is JSON and holds all of it; subject and kind repeat what it tells, to find it by.

create table journal_entries (
    entered integer primary key,
    subject text not null,
    kind    text not null,
    told    text not null,
    chain   text not null unique
) strict;
create index journal_entries_by_subject on journal_entries (subject);
create index journal_entries_by_kind on journal_entries (kind);

create trigger journal_entries_are_never_changed before update on journal_entries
begin
    select raise(abort, 'the journal is append-only');
end;

create trigger journal_entries_are_never_removed before delete on journal_entries
begin
    select raise(abort, 'the journal is append-only');
end;
