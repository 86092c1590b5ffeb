// The unmodified supabase-js at two servers of one installation, each with another serializer. Lines `sql …` ask the
// test that runs this to execute a statement and to answer with a line; every finished step prints `ok …`.
import assert from 'node:assert/strict'
import { createInterface } from 'node:readline'
import { createClient } from '@supabase/supabase-js'

const { SAHNE_URLS, SAHNE_ANON_KEY, SAHNE_SERVICE_KEY } = process.env
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const versions = ['1.0.0', '2.0.0']
const sides = JSON.parse(SAHNE_URLS).map((url, number) => ({ url, vsn: versions[number] }))

function client({ url, vsn }, key = SAHNE_ANON_KEY) {
  return createClient(url, key, { auth: { autoRefreshToken: false, persistSession: false }, realtime: { vsn } })
}

async function sql(statement) {
  console.log(`sql ${statement}`)
  await answers.next()
}

function subscribed(channel) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer to the subscription')), 20_000)
    channel.subscribe((state, error) => {
      if (state === 'SUBSCRIBED') resolve(clearTimeout(timer))
      else if (state !== 'CLOSED') reject(error ?? new Error(state))
    })
  })
}

async function eventually(check) {
  const deadline = Date.now() + 20_000
  while (!check()) {
    assert.ok(Date.now() < deadline, `not within 20 s: ${check}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

async function step(name, run) {
  const clients = sides.map((side) => client(side))
  await run(...clients)
  await Promise.all(clients.map((each) => each.removeAllChannels()))
  console.log(`ok ${name}`)
}

await step('broadcasts go both ways, once, and not back', async (here, there) => {
  const heard = { here: [], there: [] }
  const config = { broadcast: { ack: true } }
  const channels = { here: here.channel('room', { config }), there: there.channel('room', { config }) }
  for (const [name, channel] of Object.entries(channels)) {
    channel.on('broadcast', { event: '*' }, (message) => heard[name].push(message.payload.n ?? message.payload))
    await subscribed(channel)
  }
  for (let n = 0; n < 50; n++) {
    assert.equal(await channels.here.send({ type: 'broadcast', event: 'line', payload: { n } }), 'ok')
    assert.equal(await channels.there.send({ type: 'broadcast', event: 'line', payload: { n: 100 + n } }), 'ok')
  }
  await eventually(() => heard.here.length >= 50 && heard.there.length >= 50)
  assert.deepEqual(heard.there, [...Array(50).keys()])
  assert.deepEqual(heard.here, [...Array(50).keys()].map((n) => 100 + n))
})

await step('what is sent over HTTP and from the database reaches both, once', async (here, there) => {
  const heard = { here: [], there: [] }
  for (const [name, each] of [['here', here], ['there', there]]) {
    await subscribed(each.channel('news').on('broadcast', { event: '*' }, (message) => heard[name].push(message.event)))
  }
  const house = client(sides[0], SAHNE_SERVICE_KEY)
  await house.channel('news').httpSend('over-http', { x: 1 })
  await eventually(() => heard.here.length === 1 && heard.there.length === 1)
  await sql(`select realtime.send('{"x": 2}', 'from-sql', 'news', false)`)
  await eventually(() => heard.here.length === 2 && heard.there.length === 2)
  await house.channel('news').httpSend('last', {})
  await eventually(() => heard.here.length === 3 && heard.there.length === 3)
  assert.deepEqual(heard, { here: ['over-http', 'from-sql', 'last'], there: ['over-http', 'from-sql', 'last'] })
})

await step('a change is told at both, once', async (here, there) => {
  const seen = { here: [], there: [] }
  for (const [name, each] of [['here', here], ['there', there]]) {
    const channel = each.channel('db')
    channel.on('postgres_changes', { event: '*', schema: 'public', table: 'boards' }, (change) => seen[name].push(change.new.id))
    const ready = new Promise((resolve) => channel.on('system', {}, resolve))
    await subscribed(channel)
    await ready
  }
  for (const id of [1, 2, 3]) await sql(`insert into public.boards values (${id})`)
  await eventually(() => seen.here.length >= 3 && seen.there.length >= 3)
  assert.deepEqual(seen, { here: [1, 2, 3], there: [1, 2, 3] })
})

await step('presence is one, wherever people are', async (here, there) => {
  const ada = here.channel('hall', { config: { presence: { key: 'ada' } } })
  const bo = there.channel('hall', { config: { presence: { key: 'bo' } } })
  const comings = []
  for (const channel of [ada, bo]) channel.on('presence', { event: 'sync' }, () => {})
  ada.on('presence', { event: 'join' }, ({ key }) => comings.push(`+${key}`))
  ada.on('presence', { event: 'leave' }, ({ key }) => comings.push(`-${key}`))
  await subscribed(ada)
  await ada.track({ mood: 'calm' })
  await eventually(() => ada.presenceState().ada)
  await subscribed(bo)
  await bo.track({ mood: 'glad' })
  await eventually(() => ada.presenceState().bo && bo.presenceState().ada && bo.presenceState().bo)
  await bo.track({ mood: 'tired' })
  await eventually(() => ada.presenceState().bo?.[0].mood === 'tired')
  assert.equal(ada.presenceState().bo.length, 1)
  await bo.untrack()
  await eventually(() => !ada.presenceState().bo)
  await ada.untrack()
  await eventually(() => Object.keys(bo.presenceState()).length === 0)
  assert.deepEqual(comings.filter((each) => each.endsWith('bo')).slice(0, 1), ['+bo'])
})

process.exit(0)
