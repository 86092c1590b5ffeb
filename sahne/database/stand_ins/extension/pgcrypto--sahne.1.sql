-- pgcrypto for a PostgreSQL that was built without it: the same functions, written in SQL as far as SQL goes.
-- What it cannot do (crypt, gen_salt, encrypt, pgp_…) is there too, and says when it is called what to do instead.

-- SHA-1 (RFC 3174), which PostgreSQL has not by itself; a megabyte takes some seconds. The stand-in for uuid-ossp has
-- the same text, as either may be there without the other.
create function pgcrypto_sha1(data bytea) returns bytea language plpgsql immutable strict parallel safe
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

create function digest(bytea, text) returns bytea language plpgsql immutable strict parallel safe
set search_path = '', pg_temp as $$
begin
  case lower($2)
    when 'md5'    then return decode(md5($1), 'hex');
    when 'sha1'   then return @extschema@.pgcrypto_sha1($1);
    when 'sha224' then return sha224($1);
    when 'sha256' then return sha256($1);
    when 'sha384' then return sha384($1);
    when 'sha512' then return sha512($1);
    else
      raise exception using
        errcode = 'invalid_parameter_value',
        message = format('Cannot use "%s": No such hash algorithm', lower($2)),
        hint    = 'The stand-in for pgcrypto knows md5, sha1, sha224, sha256, sha384 and sha512.';
  end case;
end
$$;

create function digest(text, text) returns bytea language sql immutable strict parallel safe
return digest(convert_to($1, getdatabaseencoding()), $2);

-- HMAC (RFC 2104)
create function hmac(bytea, bytea, text) returns bytea language plpgsql immutable strict parallel safe
set search_path = '', pg_temp as $$
declare
  block constant int   := case when lower($3) in ('sha384', 'sha512') then 128 else 64 end;
  key   constant bytea := case when length($2) > block then @extschema@.digest($2, $3) else $2 end;
  inside  bytea := decode(repeat('36', block), 'hex');
  outside bytea := decode(repeat('5c', block), 'hex');
begin
  for i in 0 .. length(key) - 1 loop
    inside  := set_byte(inside,  i, get_byte(inside,  i) # get_byte(key, i));
    outside := set_byte(outside, i, get_byte(outside, i) # get_byte(key, i));
  end loop;
  return @extschema@.digest(outside || @extschema@.digest(inside || $1, $3), $3);
end
$$;

create function hmac(text, text, text) returns bytea language sql immutable strict parallel safe
return hmac(convert_to($1, getdatabaseencoding()), convert_to($2, getdatabaseencoding()), $3);

-- A random UUID has fourteen bytes that are random in every bit: all but the seventh and the ninth.
create function gen_random_bytes(int4) returns bytea language plpgsql volatile strict parallel safe
set search_path = '', pg_temp as $$
begin
  if $1 not between 1 and 1024 then
    raise exception using errcode = 'external_routine_invocation_exception', message = 'Length not in range';
  end if;
  return (
    select substring(string_agg(substring(bytes, 1, 6) || substring(bytes, 8, 1) || substring(bytes, 10, 7), ''), 1, $1)
      from (select uuid_send(gen_random_uuid()) as bytes from generate_series(1, ($1 + 13) / 14)) as random_ones
  );
end
$$;

create function gen_random_uuid() returns uuid language sql volatile parallel safe
return pg_catalog.gen_random_uuid();

create function fips_mode() returns bool language sql volatile strict parallel safe
return false;

-- What SQL does not do. The signatures are the real ones, so that what calls them can be made; `volatility` too.
do $$
declare
  passwords constant text := 'Sign people up through the API: auth.admin.createUser takes a password, or a bcrypt hash as password_hash.'
    ' Or start a PostgreSQL that has pgcrypto: `sahne up --postgres system`, or DATABASE_URL.';
  elsewhere constant text := 'Start a PostgreSQL that has pgcrypto: `sahne up --postgres system` in a folder of its own, or DATABASE_URL.';
  missing record;
begin
  for missing in
    select *
      from (values
        ('crypt(text, text)',                          'text',         'immutable', passwords),
        ('gen_salt(text)',                             'text',         'volatile',  passwords),
        ('gen_salt(text, int4)',                       'text',         'volatile',  passwords),
        ('encrypt(bytea, bytea, text)',                'bytea',        'immutable', elsewhere),
        ('decrypt(bytea, bytea, text)',                'bytea',        'immutable', elsewhere),
        ('encrypt_iv(bytea, bytea, bytea, text)',      'bytea',        'immutable', elsewhere),
        ('decrypt_iv(bytea, bytea, bytea, text)',      'bytea',        'immutable', elsewhere),
        ('pgp_sym_encrypt(text, text)',                'bytea',        'volatile',  elsewhere),
        ('pgp_sym_encrypt(text, text, text)',          'bytea',        'volatile',  elsewhere),
        ('pgp_sym_encrypt_bytea(bytea, text)',         'bytea',        'volatile',  elsewhere),
        ('pgp_sym_encrypt_bytea(bytea, text, text)',   'bytea',        'volatile',  elsewhere),
        ('pgp_sym_decrypt(bytea, text)',               'text',         'immutable', elsewhere),
        ('pgp_sym_decrypt(bytea, text, text)',         'text',         'immutable', elsewhere),
        ('pgp_sym_decrypt_bytea(bytea, text)',         'bytea',        'immutable', elsewhere),
        ('pgp_sym_decrypt_bytea(bytea, text, text)',   'bytea',        'immutable', elsewhere),
        ('pgp_pub_encrypt(text, bytea)',               'bytea',        'volatile',  elsewhere),
        ('pgp_pub_encrypt(text, bytea, text)',         'bytea',        'volatile',  elsewhere),
        ('pgp_pub_encrypt_bytea(bytea, bytea)',        'bytea',        'volatile',  elsewhere),
        ('pgp_pub_encrypt_bytea(bytea, bytea, text)',  'bytea',        'volatile',  elsewhere),
        ('pgp_pub_decrypt(bytea, bytea)',              'text',         'immutable', elsewhere),
        ('pgp_pub_decrypt(bytea, bytea, text)',        'text',         'immutable', elsewhere),
        ('pgp_pub_decrypt(bytea, bytea, text, text)',  'text',         'immutable', elsewhere),
        ('pgp_pub_decrypt_bytea(bytea, bytea)',        'bytea',        'immutable', elsewhere),
        ('pgp_pub_decrypt_bytea(bytea, bytea, text)',  'bytea',        'immutable', elsewhere),
        ('pgp_pub_decrypt_bytea(bytea, bytea, text, text)', 'bytea',   'immutable', elsewhere),
        ('pgp_key_id(bytea)',                          'text',         'immutable', elsewhere),
        ('armor(bytea)',                               'text',         'immutable', elsewhere),
        ('armor(bytea, text[], text[])',               'text',         'immutable', elsewhere),
        ('dearmor(text)',                              'bytea',        'immutable', elsewhere),
        ('pgp_armor_headers(text, key out text, value out text)', 'setof record', 'immutable', elsewhere)
      ) as functions (signature, result, volatility, hint)
  loop
    execute format(
      'create function %s returns %s language plpgsql %s strict parallel safe set search_path = '''', pg_temp as %L',
      missing.signature, missing.result, missing.volatility,
      format(
        'begin raise exception using errcode = ''feature_not_supported'', message = %L, hint = %L; end',
        split_part(missing.signature, '(', 1) || ' is missing: the embedded PostgreSQL has a stand-in for pgcrypto without it',
        missing.hint
      )
    );
  end loop;
end
$$;
