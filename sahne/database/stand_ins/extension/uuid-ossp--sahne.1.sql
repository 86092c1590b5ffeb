-- uuid-ossp for a PostgreSQL that was built without it: the same functions, written in SQL (RFC 9562).

create function uuid_nil() returns uuid language sql immutable strict parallel safe
return '00000000-0000-0000-0000-000000000000'::uuid;

create function uuid_ns_dns() returns uuid language sql immutable strict parallel safe
return '6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid;

create function uuid_ns_url() returns uuid language sql immutable strict parallel safe
return '6ba7b811-9dad-11d1-80b4-00c04fd430c8'::uuid;

create function uuid_ns_oid() returns uuid language sql immutable strict parallel safe
return '6ba7b812-9dad-11d1-80b4-00c04fd430c8'::uuid;

create function uuid_ns_x500() returns uuid language sql immutable strict parallel safe
return '6ba7b814-9dad-11d1-80b4-00c04fd430c8'::uuid;

create function uuid_generate_v4() returns uuid language sql volatile strict parallel safe
return pg_catalog.gen_random_uuid();

-- The moment in 100 ns since 1582, a random clock sequence, and `node`: six bytes. A random UUID brings its variant.
create function uuid_of_this_moment(node bytea) returns uuid language plpgsql volatile strict parallel safe
set search_path = '', pg_temp as $$
declare
  ticks constant bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint * 10 + 122192928000000000;
  stamp constant bytea  := int8send((ticks + floor(random() * 10)::bigint) | (1::bigint << 60));
  clock constant bytea  := substring(uuid_send(gen_random_uuid()), 9, 2);
begin
  return encode(substring(stamp, 5, 4) || substring(stamp, 3, 2) || substring(stamp, 1, 2) || clock || node, 'hex')::uuid;
end
$$;

-- No MAC address is told, as SQL knows none: a node of this session's own, marked as no card's (multicast, local).
create function uuid_generate_v1() returns uuid language plpgsql volatile strict parallel safe
set search_path = '', pg_temp as $$
declare
  node constant bytea := substring(sha256(convert_to(pg_postmaster_start_time()::text || pg_backend_pid(), 'UTF8')), 1, 6);
begin
  return @extschema@.uuid_of_this_moment(set_byte(node, 0, get_byte(node, 0) | 3));
end
$$;

create function uuid_generate_v1mc() returns uuid language plpgsql volatile strict parallel safe
set search_path = '', pg_temp as $$
declare
  node constant bytea := substring(uuid_send(gen_random_uuid()), 11, 6);
begin
  return @extschema@.uuid_of_this_moment(set_byte(node, 0, get_byte(node, 0) | 3));
end
$$;

-- The first sixteen bytes of a hash, with version and variant set.
create function uuid_of_hash(hash bytea, version int4) returns uuid language sql immutable strict parallel safe
return encode(
  set_byte(
    set_byte(substring(hash, 1, 16), 6, get_byte(hash, 6) & 15 | (version << 4)),
    8, get_byte(hash, 8) & 63 | 128
  ), 'hex'
)::uuid;

create function uuid_generate_v3(namespace uuid, name text) returns uuid language sql immutable strict parallel safe
return uuid_of_hash(decode(md5(uuid_send(namespace) || convert_to(name, getdatabaseencoding())), 'hex'), 3);

-- SHA-1 (RFC 3174), with the same text as in the stand-in for pgcrypto.
create function uuid_sha1(data bytea) returns bytea language plpgsql immutable strict parallel safe
set search_path = '', pg_temp as $$
declare
  word constant bigint := 4294967295;
  padded constant bytea :=
    data || '\x80' || decode(repeat('00', (119 - length(data) % 64) % 64), 'hex') || int8send(length(data)::bigint * 8);
  w bigint[];
  h bigint[] := array[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  a bigint; b bigint; c bigint; d bigint; e bigint;
  mixed bigint;
begin
  for block in 0 .. length(padded) / 64 - 1 loop
    for i in 0 .. 15 loop
      w[i] := ('x' || encode(substring(padded, block * 64 + i * 4 + 1, 4), 'hex'))::bit(32)::bigint;
    end loop;
    for i in 16 .. 79 loop
      mixed := w[i - 3] # w[i - 8] # w[i - 14] # w[i - 16];
      w[i] := ((mixed << 1) | (mixed >> 31)) & word;
    end loop;
    a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
    for i in 0 .. 79 loop
      mixed := (((a << 5) | (a >> 27)) & word) + e + w[i] + case i / 20
        when 0 then (d # (b & (c # d))) + 1518500249
        when 1 then (b # c # d) + 1859775393
        when 2 then ((b & c) | (b & d) | (c & d)) + 2400959708
        else        (b # c # d) + 3395469782
      end;
      e := d; d := c; c := ((b << 30) | (b >> 2)) & word; b := a; a := mixed & word;
    end loop;
    h := array[(h[1] + a) & word, (h[2] + b) & word, (h[3] + c) & word, (h[4] + d) & word, (h[5] + e) & word];
  end loop;
  return (select decode(string_agg(lpad(to_hex(part), 8, '0'), '' order by place), 'hex')
            from unnest(h) with ordinality as parts (part, place));
end
$$;

create function uuid_generate_v5(namespace uuid, name text) returns uuid language sql immutable strict parallel safe
return uuid_of_hash(uuid_sha1(uuid_send(namespace) || convert_to(name, getdatabaseencoding())), 5);
