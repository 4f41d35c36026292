-- Tables and queries that Orleans' ADO.NET providers (clustering, persistence; contract of release 10.4) ask for by name.
-- Own SQL: plain statements, one row per grain held by a unique index, membership changes atomic by the version row.

create table OrleansQuery (
    QueryKey    varchar(64) primary key,
    QueryText   varchar(8000) not null
);

create table OrleansMembershipVersionTable (
    DeploymentId varchar(150) primary key,
    Timestamp   timestamptz(3) not null default now(),
    Version     integer not null default 0
);

create table OrleansMembershipTable (
    DeploymentId varchar(150) not null references OrleansMembershipVersionTable,
    Address     varchar(45) not null,
    Port        integer not null,
    Generation  integer not null,
    SiloName    varchar(150) not null,
    HostName    varchar(150) not null,
    Status      integer not null,
    ProxyPort   integer,
    SuspectTimes varchar(8000),
    StartTime   timestamptz(3) not null,
    IAmAliveTime timestamptz(3) not null,
    primary key (DeploymentId, Address, Port, Generation)
);

create table OrleansStorage (
    GrainIdHash integer not null,
    GrainIdN0   bigint not null,
    GrainIdN1   bigint not null,
    GrainTypeHash integer not null,
    GrainTypeString varchar(512) not null,
    GrainIdExtensionString varchar(512),
    ServiceId   varchar(150) not null,
    PayloadBinary bytea,
    ModifiedOn  timestamptz not null,
    Version     integer not null
) with (fillfactor = 70);

create unique index OrleansStorage_Grain on OrleansStorage
    (GrainIdHash, GrainTypeHash, GrainIdN0, GrainIdN1, ServiceId, GrainTypeString, GrainIdExtensionString) nulls not distinct;

insert into OrleansQuery (QueryKey, QueryText) values
('InsertMembershipVersionKey', $q$
with added as (
    insert into OrleansMembershipVersionTable (DeploymentId) values (@DeploymentId)
    on conflict (DeploymentId) do nothing returning 1)
select count(*)::integer from added
$q$),
('InsertMembershipKey', $q$
with bumped as (
    update OrleansMembershipVersionTable v set Timestamp = now(), Version = v.Version + 1
    where v.DeploymentId = @DeploymentId and v.Version = @Version::integer
      and not exists (select from OrleansMembershipTable m
                      where m.DeploymentId = @DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation)
    returning 1),
added as (
    insert into OrleansMembershipTable
        (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
    select @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
    from bumped
    returning 1)
select count(*)::integer from added
$q$),
('UpdateMembershipKey', $q$
with bumped as (
    update OrleansMembershipVersionTable v set Timestamp = now(), Version = v.Version + 1
    where v.DeploymentId = @DeploymentId and v.Version = @Version::integer
      and exists (select from OrleansMembershipTable m
                  where m.DeploymentId = @DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation)
    returning 1),
changed as (
    update OrleansMembershipTable m
    set Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
    from bumped
    where m.DeploymentId = @DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
    returning 1)
select count(*)::integer from changed
$q$),
('UpdateIAmAlivetimeKey', $q$
update OrleansMembershipTable set IAmAliveTime = @IAmAliveTime
where DeploymentId = @DeploymentId and Address = @Address and Port = @Port and Generation = @Generation
$q$),
('MembershipReadRowKey', $q$
select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort,
       m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
from OrleansMembershipVersionTable v
left join OrleansMembershipTable m
    on m.DeploymentId = v.DeploymentId and m.Address = @Address and m.Port = @Port and m.Generation = @Generation
where v.DeploymentId = @DeploymentId
$q$),
('MembershipReadAllKey', $q$
select v.DeploymentId, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort,
       m.SuspectTimes, m.StartTime, m.IAmAliveTime, v.Version
from OrleansMembershipVersionTable v
left join OrleansMembershipTable m on m.DeploymentId = v.DeploymentId
where v.DeploymentId = @DeploymentId
$q$),
('DeleteMembershipTableEntriesKey', $q$
delete from OrleansMembershipTable where DeploymentId = @DeploymentId;
delete from OrleansMembershipVersionTable where DeploymentId = @DeploymentId
$q$),
('GatewaysQueryKey', $q$
select Address, ProxyPort, Generation from OrleansMembershipTable
where DeploymentId = @DeploymentId and Status = @Status and ProxyPort > 0
$q$),
('CleanupDefunctSiloEntriesKey', $q$
delete from OrleansMembershipTable
where DeploymentId = @DeploymentId and IAmAliveTime < @IAmAliveTime and Status <> 3
$q$),
('ReadFromStorageKey', $q$
select PayloadBinary, ModifiedOn, Version from OrleansStorage
where GrainIdHash = @GrainIdHash and GrainTypeHash = @GrainTypeHash
  and GrainIdN0 = @GrainIdN0 and GrainIdN1 = @GrainIdN1
  and ServiceId = @ServiceId and GrainTypeString = @GrainTypeString
  and GrainIdExtensionString is not distinct from @GrainIdExtensionString::varchar
$q$),
('WriteToStorageKey', $q$
with changed as (
    update OrleansStorage s set PayloadBinary = @PayloadBinary, ModifiedOn = now(), Version = s.Version + 1
    where s.GrainIdHash = @GrainIdHash and s.GrainTypeHash = @GrainTypeHash
      and s.GrainIdN0 = @GrainIdN0 and s.GrainIdN1 = @GrainIdN1
      and s.ServiceId = @ServiceId and s.GrainTypeString = @GrainTypeString
      and s.GrainIdExtensionString is not distinct from @GrainIdExtensionString::varchar
      and s.Version = @GrainStateVersion::integer
    returning s.Version),
added as (
    insert into OrleansStorage
        (GrainIdHash, GrainIdN0, GrainIdN1, GrainTypeHash, GrainTypeString, GrainIdExtensionString, ServiceId, PayloadBinary, ModifiedOn, Version)
    select @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString::varchar, @ServiceId, @PayloadBinary, now(), 1
    where @GrainStateVersion::integer is null
    on conflict do nothing
    returning Version)
select Version as NewGrainStateVersion from changed
union all
select Version as NewGrainStateVersion from added
$q$),
('ClearStorageKey', $q$
update OrleansStorage s set PayloadBinary = null, ModifiedOn = now(), Version = s.Version + 1
where s.GrainIdHash = @GrainIdHash and s.GrainTypeHash = @GrainTypeHash
  and s.GrainIdN0 = @GrainIdN0 and s.GrainIdN1 = @GrainIdN1
  and s.ServiceId = @ServiceId and s.GrainTypeString = @GrainTypeString
  and s.GrainIdExtensionString is not distinct from @GrainIdExtensionString::varchar
  and s.Version = @GrainStateVersion::integer
returning s.Version as NewGrainStateVersion
$q$),
('DeleteStorageKey', $q$
delete from OrleansStorage s
where s.GrainIdHash = @GrainIdHash and s.GrainTypeHash = @GrainTypeHash
  and s.GrainIdN0 = @GrainIdN0 and s.GrainIdN1 = @GrainIdN1
  and s.ServiceId = @ServiceId and s.GrainTypeString = @GrainTypeString
  and s.GrainIdExtensionString is not distinct from @GrainIdExtensionString::varchar
  and s.Version = @GrainStateVersion::integer
returning s.Version + 1 as NewGrainStateVersion
$q$);
