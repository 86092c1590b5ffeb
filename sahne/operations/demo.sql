-- name: demo_is_made
-- Whether the demo world was made before: it is made once, so that what people change in it stays changed.
select exists (select from public.gifts where id = '5a0e0000-0000-4000-8000-000000000001') as made

-- name: put_faces
-- The names the demo people appear under.
update public.profiles
   set username = face.username, display_name = face.display_name
  from (values
         ('ada@example.com',   'ada',        'Ada'),
         ('bo@example.com',    'bo_watches', 'Bo'),
         ('cem@example.com',   'cem',        'Cem'),
         ('dilek@example.com', 'dilek',      'Dilek'),
         ('ege@example.com',   'ege',        'Ege')
       ) as face (email, username, display_name)
 where profiles.email = face.email
   and profiles.type = 'real'
   and profiles.username is null

-- name: put_gifts
-- The gift catalogue, from 1 to 5 000 coins; the page has their pictures.
insert into public.gifts (id, name, icon_url, coin_price, order_index)
values ('5a0e0000-0000-4000-8000-000000000001', 'Clap',       '/gifts/clap.svg',         1,  1),
       ('5a0e0000-0000-4000-8000-000000000008', 'Bead',       '/gifts/bead.svg',         5,  2),
       ('5a0e0000-0000-4000-8000-000000000002', 'Rose',       '/gifts/rose.svg',        10,  3),
       ('5a0e0000-0000-4000-8000-000000000003', 'Tea',        '/gifts/tea.svg',         25,  4),
       ('5a0e0000-0000-4000-8000-000000000004', 'Simit',      '/gifts/simit.svg',       50,  5),
       ('5a0e0000-0000-4000-8000-000000000009', 'Street cat', '/gifts/cat.svg',        100,  6),
       ('5a0e0000-0000-4000-8000-000000000005', 'Lantern',    '/gifts/lantern.svg',    250,  7),
       ('5a0e0000-0000-4000-8000-000000000010', 'Tram',       '/gifts/tram.svg',       500,  8),
       ('5a0e0000-0000-4000-8000-000000000006', 'Ferry',      '/gifts/ferry.svg',     1000,  9),
       ('5a0e0000-0000-4000-8000-000000000011', 'Balloons',   '/gifts/balloon.svg',   2000, 10),
       ('5a0e0000-0000-4000-8000-000000000012', 'Ovation',    '/gifts/ovation.svg',   3000, 11),
       ('5a0e0000-0000-4000-8000-000000000007', 'Palace',     '/gifts/palace.svg',    5000, 12)
on conflict (id) do nothing

-- name: put_categories
-- The studio's categories; icons are the names of an icon set the apps use.
insert into public.categories (name, slug, description, icon, order_index)
values ('Portrait', 'portrait', 'Clean studio portraits',            'person-outline',      1),
       ('Outdoor',  'outdoor',  'Parks, seas and mountains',         'leaf-outline',        2),
       ('Business', 'business', 'For profiles and presentations',    'briefcase-outline',   3),
       ('Art',      'art',      'Painted, drawn, printed',           'color-palette-outline', 4),
       ('Night',    'night',    'City lights and neon',              'moon-outline',        5)
on conflict (slug) do nothing

-- name: put_scenes
-- The seed's three example scenes, and twenty-one more; `style_keywords` choose the keyless provider's backdrop and brush. The
-- page has a picture of what each makes (`scripts/scene-pictures` makes them).
insert into public.scenes (name, description, category, prompt_template, negative_prompt, style_keywords, is_premium,
                           order_index, thumbnail_url)
select scene.name, scene.description, scene.category, scene.prompt, scene.negative, scene.keywords::text[], scene.is_premium,
       scene.place, '/scenes/' || replace(lower(scene.name), ' ', '-') || '.webp'
  from (values
  ('Professional Portrait', 'Soft studio light on grey', 'portrait',
   'A professional {gender} portrait with studio lighting, highly detailed, 8k resolution',
   'blurry, low quality, distorted', '{studio,portrait}', false, 1),
  ('Casual Outdoor', 'A green park in the afternoon', 'outdoor',
   'A casual {gender} in an outdoor park setting, natural lighting, photorealistic',
   'blurry, low quality', '{park,outdoor}', false, 2),
  ('Business Formal', 'An office behind you', 'business',
   'A professional {gender} in business attire, office background, corporate style',
   'casual clothes, blurry', '{office,business}', false, 3),
  ('Golden Hour', 'The sun goes down over the sea', 'outdoor',
   'A {gender} by the sea at golden hour, warm light', null, '{sunset,sea}', false, 4),
  ('Mountain Trip', 'High and clear', 'outdoor',
   'A {gender} on a mountain trip, crisp air, wide view', null, '{mountains,travel}', false, 5),
  ('Old Library', 'Books and a warm lamp', 'business',
   'A {gender} in an old library, warm lamp light', null, '{library,academic}', false, 6),
  ('Watercolour', 'Painted with a wet brush', 'art',
   'A watercolour portrait of a {gender}, {style}', null, '{watercolor,spring}', false, 7),
  ('Oil Painting', 'Classic light on canvas', 'art',
   'An oil painting of a {gender} in classic light', null, '{classic,"oil painting"}', false, 8),
  ('Pencil Sketch', 'Graphite on paper', 'art',
   'A pencil sketch of a {gender}', null, '{studio,sketch}', false, 9),
  ('Neon City', 'Signs and rain', 'night',
   'A {gender} in a neon city at night, {style}', null, '{neon,cyberpunk}', true, 10),
  ('Istanbul Nights', 'Lights over the water', 'night',
   'A {gender} in Istanbul at night, city lights', null, '{istanbul,night}', true, 11),
  ('Black and White', 'Film noir', 'portrait',
   'A black and white portrait of a {gender}, film noir', null, '{"black and white",noir}', true, 12),
  ('Theatre Night', 'Red velvet, one spot', 'night',
   'A {gender} on a theatre stage before a red curtain, one spotlight', null, '{theatre,stage}', false, 13),
  ('Autumn Lane', 'Maples, and leaves in the air', 'outdoor',
   'A {gender} in a lane of maples in autumn, warm light', null, '{autumn,leaves}', false, 14),
  ('At the Beach', 'Noon, sand and a far sail', 'outdoor',
   'A {gender} on a beach at noon, clear water', null, '{beach,summer}', false, 15),
  ('Coffee House', 'Hanging lamps and a counter', 'portrait',
   'A {gender} in a coffee house in the evening, warm lamps', null, '{cafe,coffee}', false, 16),
  ('Rooftop Dawn', 'The city wakes behind you', 'night',
   'A {gender} on a rooftop at dawn, city skyline', null, '{rooftop,dawn}', false, 17),
  ('Desert Light', 'Dunes under a high sky', 'outdoor',
   'A {gender} in the desert, dunes, hard light', null, '{desert,dunes}', false, 18),
  ('Rose Garden', 'An arch of roses, lavender below', 'outdoor',
   'A {gender} in a rose garden, soft light', null, '{garden,roses}', false, 19),
  ('Winter Forest', 'Firs in falling snow', 'outdoor',
   'A {gender} in a snowy forest, cold light', null, '{winter,snow}', false, 20),
  ('Impressionist', 'Broad strokes, open air', 'art',
   'An impressionist painting of a {gender} in a garden', null, '{garden,impressionist}', false, 21),
  ('Film Still', 'Grain and faded colours', 'portrait',
   'A film still of a {gender}, faded colours, grain', null, '{film,vintage}', false, 22),
  ('Northern Lights', 'Green veils over the firs', 'night',
   'A {gender} under northern lights, a lake at night', null, '{aurora,lake}', true, 23),
  ('Among the Stars', 'Coloured gas, far suns', 'night',
   'A {gender} before a nebula, stars', null, '{nebula,space}', true, 24)
  ) as scene (name, description, category, prompt, negative, keywords, is_premium, place)
on conflict (name) do nothing

-- name: put_scene_translations
-- What they are called in Turkish.
insert into public.scene_translations (scene_id, locale, name, description)
select scenes.id, 'tr', turkish.name, turkish.description
  from (values
  ('Professional Portrait', 'Stüdyo portresi', 'Gri üstünde yumuşak stüdyo ışığı'),
  ('Casual Outdoor', 'Parkta bir öğleden sonra', 'Öğleden sonra yemyeşil bir park'),
  ('Business Formal', 'İş portresi', 'Arkanda bir ofis'),
  ('Golden Hour', 'Altın saat', 'Güneş denizin üstünde batıyor'),
  ('Mountain Trip', 'Dağ gezisi', 'Yüksek ve berrak'),
  ('Old Library', 'Eski kütüphane', 'Kitaplar ve sıcak bir lamba'),
  ('Watercolour', 'Suluboya', 'Islak fırçayla boyanmış'),
  ('Oil Painting', 'Yağlıboya', 'Tuvalde klasik ışık'),
  ('Pencil Sketch', 'Karakalem', 'Kâğıt üstünde grafit'),
  ('Neon City', 'Neon şehir', 'Tabelalar ve yağmur'),
  ('Istanbul Nights', 'İstanbul geceleri', 'Suyun üstünde ışıklar'),
  ('Black and White', 'Siyah beyaz', 'Kara film'),
  ('Theatre Night', 'Tiyatro gecesi', 'Kırmızı kadife, tek spot'),
  ('Autumn Lane', 'Sonbahar yolu', 'Akçaağaçlar, havada yapraklar'),
  ('At the Beach', 'Plajda', 'Öğle vakti, kum ve uzakta bir yelken'),
  ('Coffee House', 'Kahvehane', 'Asma lambalar ve bir tezgâh'),
  ('Rooftop Dawn', 'Çatıda şafak', 'Arkanda şehir uyanıyor'),
  ('Desert Light', 'Çöl ışığı', 'Yüksek bir göğün altında kumullar'),
  ('Rose Garden', 'Gül bahçesi', 'Güllerden bir kemer, altında lavanta'),
  ('Winter Forest', 'Kış ormanı', 'Yağan karda köknarlar'),
  ('Impressionist', 'İzlenimci', 'Geniş fırça izleri, açık hava'),
  ('Film Still', 'Film karesi', 'Gren ve solmuş renkler'),
  ('Northern Lights', 'Kuzey ışıkları', 'Köknarların üstünde yeşil tüller'),
  ('Among the Stars', 'Yıldızların arasında', 'Renkli gaz, uzak güneşler')
  ) as turkish (scene, name, description)
  join public.scenes on scenes.name = turkish.scene
on conflict (scene_id, locale) do nothing

-- name: put_category_translations
-- And their groups.
insert into public.category_translations (category_id, locale, name, description)
select categories.id, 'tr', turkish.name, turkish.description
  from (values
  ('portrait', 'Portre', 'Temiz stüdyo portreleri'),
  ('outdoor', 'Açık hava', 'Parklar, denizler, dağlar'),
  ('business', 'İş', 'Profiller ve sunumlar için'),
  ('art', 'Sanat', 'Boyanmış, çizilmiş, basılmış'),
  ('night', 'Gece', 'Şehir ışıkları ve neon')
  ) as turkish (category, name, description)
  join public.categories on categories.slug = turkish.category
on conflict (category_id, locale) do nothing

-- name: put_tier
-- Ada's one subscription tier.
insert into public.subscription_tiers (creator_id, name, coin_price, benefits)
select %(ada)s, 'Backstage', 300, '{Rehearsals for subscribers,Your tier beside what you write}'
 where not exists (select from public.subscription_tiers where creator_id = %(ada)s)

-- name: plan_session
-- A session of the actor's, planned some hours ahead.
select private.create_session(jsonb_build_object(
         'title', %(title)s::text,
         'description', %(description)s::text,
         'session_type', %(session_type)s::text,
         'category', %(category)s::text,
         'tags', to_jsonb(%(tags)s::text[]),
         'language', 'en',
         'scheduled_at', date_trunc('hour', now()) + make_interval(hours => %(hours_ahead)s)
       )) -> 'session' as session

-- name: ban
-- Somebody is banned from a session of Ada's before it begins.
insert into public.live_session_bans (session_id, banned_user_id, banned_by, banned_profile_id, reason)
select id, %(profile_id)s, creator_id, %(profile_id)s, 'Was rude in the rehearsal'
  from public.live_sessions
 where id = %(session_id)s

-- name: grant_coins
-- Coins to spend, once.
select private.grant_coins(%(user_id)s, %(amount)s, %(key)s) as granted
