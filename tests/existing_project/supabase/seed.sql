insert into public.orders (item) values ('Tea'), ('Coffee');
insert into public.orders (id, item) values (uuid_generate_v5(uuid_ns_url(), 'https://example.com/cake'), 'Cake');
select public.place_order('Soup');
