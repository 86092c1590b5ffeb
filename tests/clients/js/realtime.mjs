// The unmodified supabase-js listens, in both serializers. Lines `sql …` ask the test that runs this to execute a
// statement and to answer with a line; every finished step prints `ok …`; any failed one ends it with 1.
import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { createClient } from '@supabase/supabase-js'

const { SAHNE_URL, SAHNE_ANON_KEY, SAHNE_TOKENS } = process.env
const [ada, bo] = JSON.parse(SAHNE_TOKENS)
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

const sockets = []
class Noted extends WebSocket {
  constructor(...address) {
    super(...address)
    sockets.push(this)
  }
}

function client(vsn, token) {
  return createClient(SAHNE_URL, SAHNE_ANON_KEY, {
    auth: { autoRefreshToken: false, persistSession: false },
    realtime: { vsn, transport: Noted, reconnectAfterMs: () => 300 },
    ...(token ? { accessToken: async () => token } : {}),
  })
}

async function sql(statement) {
  console.log(`sql ${statement}`)
  await answers.next()
}

function subscribed(channel) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer to the subscription')), 10_000)
    channel.subscribe((state, error) => {
      if (state === 'SUBSCRIBED') resolve(clearTimeout(timer))
      else if (state !== 'CLOSED') reject(error ?? new Error(state))
    })
  })
}

async function eventually(check) {
  const deadline = Date.now() + 10_000
  while (!check()) {
    assert.ok(Date.now() < deadline, `not within 10 s: ${check}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function step(name, vsn, run) {
  const clients = []
  await run(async (token) => {
    const opened = client(vsn, token)
    clients.push(opened)
    if (token) await opened.realtime.setAuth() // else a first join may be sent before the callback has answered
    return opened
  })
  await Promise.all(clients.map((each) => each.removeAllChannels()))
  console.log(`ok ${vsn} ${name}`)
}

for (const vsn of ['1.0.0', '2.0.0']) {
  await step('changes under row security, filtered', vsn, async (open) => {
    const seen = { ada: [], bo: [], system: [] }
    const listen = { event: '*', schema: 'public', table: 'notes', filter: 'room=eq.7' }
    for (const [name, person] of [['ada', ada], ['bo', bo]]) {
      const channel = (await open(person.token)).channel('db')
      channel.on('postgres_changes', listen, (change) => seen[name].push(change))
      channel.on('postgres_changes', { event: 'DELETE', schema: 'public', table: 'elsewhere' }, () => assert.fail())
      channel.on('system', {}, (message) => seen.system.push(message))
      await subscribed(channel)
    }
    await sql(`insert into public.notes values (1, '${ada.id}', 7, '{a,b}'), (2, '${ada.id}', 8, null), (3, '${bo.id}', 7, null)`)
    await eventually(() => seen.ada.length === 1 && seen.bo.length === 1)
    await sql(`update public.notes set tags = '{c}' where id = 1`)
    await eventually(() => seen.ada.length === 2)
    await sql('delete from public.notes where id in (1, 2)')
    await eventually(() => seen.ada.length === 3)
    assert.deepEqual(seen.ada.map((change) => change.eventType), ['INSERT', 'UPDATE', 'DELETE'])
    assert.deepEqual(seen.ada[0].new, { id: 1, owner: ada.id, room: 7, tags: ['a', 'b'] })
    assert.deepEqual(seen.ada[1].new.tags, ['c'])
    assert.deepEqual(seen.ada[2].old, { id: 1 })
    assert.ok(seen.bo.every((change) => change.new.id === 3 || change.eventType === 'DELETE'))
    await sql('truncate public.notes')
  })

  await step('broadcast: JSON, acknowledged, to itself, over HTTP', vsn, async (open) => {
    const heard = []
    const own = []
    const listener = (await open()).channel('room').on('broadcast', { event: 'cursor' }, (message) => heard.push(message))
    const sender = (await open())
      .channel('room', { config: { broadcast: { self: true, ack: true } } })
      .on('broadcast', { event: 'cursor' }, (message) => own.push(message))
    await subscribed(listener)
    await subscribed(sender)
    assert.equal(await sender.send({ type: 'broadcast', event: 'cursor', payload: { x: 1 } }), 'ok')
    await eventually(() => heard.length === 1 && own.length === 1)
    assert.deepEqual(heard[0].payload, { x: 1 })
    await sender.httpSend('cursor', { x: 2 })
    await eventually(() => heard.length === 2 && own.length === 2)
    assert.deepEqual(heard[1].payload, { x: 2 })
  })

  await step('presence', vsn, async (open) => {
    const here = (await open()).channel('lobby', { config: { presence: { key: 'ada' } } })
    const joins = []
    here.on('presence', { event: 'join' }, ({ key }) => joins.push(key)).on('presence', { event: 'sync' }, () => {})
    await subscribed(here)
    const there = (await open()).channel('lobby', { config: { presence: { key: 'bo' } } })
    await subscribed(there)
    assert.equal(await there.track({ mood: 'glad' }), 'ok')
    await eventually(() => here.presenceState().bo?.[0].mood === 'glad')
    assert.equal(await there.track({ mood: 'calm' }), 'ok')
    await eventually(() => here.presenceState().bo?.[0].mood === 'calm')
    assert.equal(here.presenceState().bo.length, 1)
    assert.equal(await there.untrack(), 'ok')
    await eventually(() => !here.presenceState().bo)
    assert.ok(joins.includes('bo'))
  })

  await step('a private channel without a policy is refused', vsn, async (open) => {
    const channel = (await open(ada.token)).channel('secret', { config: { private: true } })
    await assert.rejects(subscribed(channel), /Unauthorized/)
  })

  await step('messages of a private topic that are kept are replayed', vsn, async (open) => {
    const heard = []
    const kept = (await open(ada.token)).channel('kept', { config: { private: true, broadcast: { ack: true } } })
    await subscribed(kept)
    assert.ok((await kept.httpSend('line', { n: 1 }, { persist: true })).success)
    const sent = await kept.send({ type: 'broadcast', event: 'line', payload: { n: 2 }, persist: { ttl: 60 } })
    assert.equal(sent, vsn === '2.0.0' ? 'ok' : 'error') // its own refusal, before anything is sent
    await sql(`select realtime.send('{"n": 3}', 'line', 'kept')`)
    const later = (await open(bo.token))
      .channel('kept', { config: { private: true, broadcast: { replay: { since: Date.now() - 60_000, limit: 25 } } } })
      .on('broadcast', { event: 'line' }, (message) => heard.push(message))
    await subscribed(later)
    const expected = vsn === '2.0.0' ? [1, 2, 3] : [1, 3]
    await eventually(() => heard.length >= expected.length)
    assert.deepEqual(heard.map((message) => message.payload.n), expected)
    assert.ok(heard.every((message) => message.meta.replayed && message.meta.id))
    await sql('truncate realtime.messages')
  })

  await step('who was away for a moment gets what it missed', vsn, async (open) => {
    const seen = []
    const catch_up = {} // sent with each join, as it is then
    const told = []
    const channel = (await open(ada.token))
      .channel('back', { config: { postgres_changes_options: { catch_up } } })
      .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'notes' }, ({ new: row }) => seen.push(row.id))
      .on('system', {}, (message) => {
        told.push(message)
        if (message.commit) catch_up.since = message.commit
      })
    await subscribed(channel)
    await sql(`insert into public.notes values (41, '${ada.id}', 1)`)
    await eventually(() => seen.length === 1 && told.length === 3)
    sockets.at(-1).close()
    await eventually(() => channel.state !== 'joined')
    await sql(`insert into public.notes values (42, '${ada.id}', 1), (43, '${bo.id}', 1), (44, '${ada.id}', 1)`)
    await eventually(() => channel.state === 'joined' && seen.length === 3)
    await sql(`insert into public.notes values (45, '${ada.id}', 1)`)
    await eventually(() => seen.length === 4)
    assert.deepEqual(seen, [41, 42, 44, 45])
    assert.ok(told.every((message) => message.status === 'ok' && !message.load_again))
    await sql('truncate public.notes')
  })

  await step('a new token', vsn, async (open) => {
    const seen = []
    const opened = await open()
    await opened.realtime.setAuth(ada.token)
    const channel = opened.channel('tokens').on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'notes' }, ({ new: row }) =>
      seen.push(row.id),
    )
    await subscribed(channel)
    await sql(`insert into public.notes values (21, '${ada.id}', 1), (22, '${bo.id}', 1)`)
    await eventually(() => seen.length === 1)
    await opened.realtime.setAuth(bo.token)
    const echo = opened.channel('echo', { config: { broadcast: { self: true, ack: true } } })
    await subscribed(echo) // messages of one socket keep their order: the token was taken before this
    await sql(`insert into public.notes values (23, '${ada.id}', 1), (24, '${bo.id}', 1)`)
    await eventually(() => seen.length === 2)
    assert.deepEqual(seen, [21, 24])
    await sql('truncate public.notes')
  })
}
process.exit(0)
