// The unmodified supabase-js against the Data API over the tests' films. One line a step; a failed step ends it with 1.
import assert from 'node:assert/strict'
import { createClient } from '@supabase/supabase-js'
import { step } from './steps.mjs'

const { SAHNE_URL, SAHNE_ANON_KEY, SAHNE_TOKEN } = process.env
const quiet = { auth: { autoRefreshToken: false, persistSession: false } }
const anon = createClient(SAHNE_URL, SAHNE_ANON_KEY, quiet)
const ada = createClient(SAHNE_URL, SAHNE_ANON_KEY, {
  ...quiet,
  global: { headers: { Authorization: `Bearer ${SAHNE_TOKEN}` } },
})

async function right(query) {
  const answer = await query
  assert.equal(answer.error, null, JSON.stringify(answer.error))
  return answer
}

async function refused(query, status, code) {
  const answer = await query
  assert.ok(answer.error, `expected ${code}, got ${JSON.stringify(answer.data)}`)
  assert.deepEqual([answer.status, answer.error.code], [status, code])
}

await step('select with filters, order and range', async () => {
  const { data, count } = await right(
    anon.from('films').select('id, name:title', { count: 'exact' }).gt('year', 1950).order('id').range(1, 2),
  )
  assert.deepEqual(data, [{ id: 2, name: 'Vagabond' }, { id: 3, name: 'Ikiru' }])
  assert.equal(count, 4)
  const or = await right(anon.from('films').select('id').or('id.eq.1,genre.in.(noir)').order('id'))
  assert.deepEqual(or.data.map((row) => row.id), [1, 4])
  const json = await right(anon.from('films').select('id').contains('tags', ['paris']).eq('facts->>minutes', '90'))
  assert.equal(json.data.length, 1)
  const none = await right(anon.from('films').select('*', { count: 'exact', head: true }).is('year', null))
  assert.deepEqual([none.data, none.count], [null, 1])
})

await step('embedding', async () => {
  const { data } = await right(
    anon.from('films').select('title, director:directors!director_id(name), actors!inner(name)').eq('actors.name', 'Toshiro Mifune'),
  )
  assert.deepEqual(data, [
    { title: 'High and Low', director: { name: 'Akira Kurosawa' }, actors: [{ name: 'Toshiro Mifune' }] },
  ])
  await refused(anon.from('films').select('directors(name)'), 300, 'PGRST201')
})

await step('single and maybeSingle', async () => {
  assert.deepEqual((await right(anon.from('films').select('id').eq('id', 1).single())).data, { id: 1 })
  assert.equal((await right(anon.from('films').select('id').eq('id', 999).maybeSingle())).data, null)
  await refused(anon.from('films').select('id').eq('id', 999).single(), 406, 'PGRST116')
})

await step('insert, upsert, update, delete', async () => {
  const made = await right(ada.from('stock').insert([{ sku: 'js1' }, { sku: 'js2', amount: 4 }], { defaultToNull: false }).select())
  assert.deepEqual(made.data.map((row) => row.amount), [1, 4])
  const merged = await right(ada.from('stock').upsert({ sku: 'js1', amount: 7 }).select().single())
  assert.equal(merged.data.amount, 7)
  const changed = await right(ada.from('stock').update({ place: 'roof' }).eq('sku', 'js1').select('sku, place'))
  assert.deepEqual(changed.data, [{ sku: 'js1', place: 'roof' }])
  const gone = await right(ada.from('stock').delete({ count: 'exact' }).in('sku', ['js1', 'js2']))
  assert.deepEqual([gone.data, gone.count, gone.status], [null, 2, 204])
  await refused(anon.from('stock').insert({ sku: 'no' }), 401, '42501')
  await refused(ada.from('stock').insert({ sku: 'lamp' }), 409, '23505')
  await refused(ada.from('stock').insert({ nope: 1 }), 400, 'PGRST204')
})

await step('rpc', async () => {
  assert.equal((await right(anon.rpc('add', { a: 1, b: 2 }))).data, 3)
  assert.equal((await right(anon.rpc('add', { a: 1 }, { get: true }))).data, 11)
  const rows = await right(anon.rpc('films_of', { year: 1962 }).select('title').eq('id', 1))
  assert.deepEqual(rows.data, [{ title: 'Cléo from 5 to 7' }])
  assert.equal((await right(ada.rpc('touch', { note: 'js' }))).data, null)
  await refused(anon.rpc('nothing'), 404, 'PGRST202')
})

await step('rows of others stay theirs', async () => {
  assert.deepEqual((await right(ada.from('notes').select())).data.map((row) => row.body), ["Ada's"])
  await refused(anon.from('notes').select(), 401, '42501')
})

await step('csv', async () => {
  const { data } = await right(anon.from('actors').select('id').eq('id', 1).csv())
  assert.equal(data, 'id\n1')
})
