-- Scenes and categories as people find them and as admins keep them: each a verb of the database.

-- name: list_scenes
-- A page of what is offered, called as the reader's language calls it.
select private.list_scenes(%(words)s, %(category)s, %(subcategory)s, %(is_premium)s, %(order)s, %(after)s, %(limit)s,
                           %(locale)s) as answer;

-- name: list_categories
-- The groups.
select private.list_categories(%(locale)s) as answer;

-- name: admin_scenes
-- A page of all there are.
select private.admin_scenes(%(after)s, %(limit)s) as answer;

-- name: read_admin_scene
-- One, whole.
select private.read_admin_scene(%(scene_id)s) as answer;

-- name: save_scene
-- One more, or what changes of one.
select private.save_scene(%(scene_id)s, %(fields)s) as answer;

-- name: order_scenes
-- Which comes before which.
select private.order_scenes(%(ids)s) as answer;

-- name: admin_categories
-- All of the groups.
select private.admin_categories() as answer;

-- name: save_category
-- One more, or what changes of one.
select private.save_category(%(category_id)s, %(fields)s) as answer;

-- name: order_categories
-- Which comes before which.
select private.order_categories(%(ids)s) as answer;

-- name: preview_scene
-- What fields would make, and what is wrong with them.
select private.preview_scene(%(scene_id)s, %(fields)s) as answer;

-- name: list_scene_versions
-- A page of how a scene was made.
select private.list_scene_versions(%(scene_id)s, %(before)s, %(limit)s) as answer;

-- name: compare_scene_versions
-- What is different between two.
select private.compare_scene_versions(%(before)s, %(after)s) as answer;

-- name: restore_scene_version
-- An old one is how it is made again.
select private.restore_scene_version(%(version_id)s, %(note)s) as answer;

-- name: list_experiments
-- What was tried with a scene, and what came of it.
select private.list_experiments(%(scene_id)s) as answer;

-- name: start_experiment
-- Several ways from now on.
select private.start_experiment(%(scene_id)s, %(name)s, %(variants)s) as answer;

-- name: end_experiment
-- One way from now on.
select private.end_experiment(%(experiment_id)s, %(winner_id)s) as answer;

-- name: read_studio_log
-- What admins did here.
select private.read_studio_log(%(before)s, %(limit)s) as answer;

-- name: read_scene_making
-- How its pictures are made for the actor.
select private.scene_making(%(scene_id)s) as answer;
