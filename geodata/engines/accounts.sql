create table accounts (
    account text primary key,
    name text not null,
    role text not null,
    office text not null,
    sealed text not null,
    epoch integer not null,
    is_locked integer not null,
    changed_at text not null
);
create table failures (
    account text primary key,
    count integer not null,
    last real not null
);
create table ended (
    session text primary key,
    until real not null
);
create table addresses (
    address text primary key,
    count integer not null,
    last real not null
);
create table gone (
    account text primary key,
    epoch integer not null
);
