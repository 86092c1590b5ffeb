// The unmodified supabase-js at a server beside a project: it signs in there, reads and writes there, hears of it from
// there, keeps files there, and is known by the server's own operations. Every finished step prints `ok …`.
import assert from 'node:assert/strict'
import { createClient } from '@supabase/supabase-js'

const { SAHNE_URL, SAHNE_KEY } = process.env
const client = () => createClient(SAHNE_URL, SAHNE_KEY, { auth: { autoRefreshToken: false, persistSession: false } })
const ada = client()
const bo = client()
const password = 'sahne-demo'
const MB = 1024 * 1024

async function step(what, run) {
  await run()
  console.log(`ok ${what}`)
}

function right({ data, error }) {
  assert.equal(error, null, error && `${error.message} ${JSON.stringify(error)}`)
  return data
}

function subscribed(channel) {
  return new Promise((resolve, reject) => {
    channel.subscribe((state, error) => {
      if (state === 'SUBSCRIBED') resolve()
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

await step('sign up, in, and refresh', async () => {
  for (const [name, supabase] of Object.entries({ ada, bo })) {
    right(await supabase.auth.signUp({ email: `${name}@beside.example.com`, password }))
    const { session } = right(await supabase.auth.signInWithPassword({ email: `${name}@beside.example.com`, password }))
    assert.equal(JSON.parse(Buffer.from(session.access_token.split('.')[0], 'base64url')).alg, 'ES256')
    right(await supabase.auth.refreshSession())
  }
  assert.equal((await client().auth.signInWithPassword({ email: 'ada@beside.example.com', password: 'wrong' })).error.code, 'invalid_credentials')
})

const me = right(await ada.auth.getUser()).user.id

await step('rows', async () => {
  right(await ada.from('notes').insert({ id: 1, owner: me, words: 'one' }))
  assert.deepEqual(right(await ada.from('notes').select('id, words')), [{ id: 1, words: 'one' }])
  assert.deepEqual(right(await bo.from('notes').select('id')), [])
  assert.equal((await bo.from('notes').insert({ id: 2, owner: me, words: 'x' })).error.code, '42501')
  assert.equal((await ada.from('nothing').select()).error.code, 'PGRST205')
})

await step('changes and broadcasts', async () => {
  const heard = { ada: [], bo: [], said: [] }
  const changes = { event: '*', schema: 'public', table: 'notes' }
  await subscribed(ada.channel('a').on('postgres_changes', changes, (change) => heard.ada.push(change.new.words)))
  await subscribed(bo.channel('b').on('postgres_changes', changes, (change) => heard.bo.push(change)))
  const here = ada.channel('room', { config: { broadcast: { ack: true } } })
  const there = bo.channel('room').on('broadcast', { event: 'line' }, ({ payload }) => heard.said.push(payload.n))
  await Promise.all([subscribed(here), subscribed(there)])
  right(await ada.from('notes').insert({ id: 3, owner: me, words: 'three' }))
  for (let n = 0; n < 20; n++) assert.equal(await here.send({ type: 'broadcast', event: 'line', payload: { n } }), 'ok')
  await eventually(() => heard.ada.includes('three') && heard.said.length === 20)
  assert.deepEqual(heard.said, [...Array(20).keys()])
  assert.deepEqual(heard.bo, [])
  await Promise.all([ada.removeAllChannels(), bo.removeAllChannels()])
})

await step('files', async () => {
  const content = Buffer.alloc(8 * MB, 'sahne')
  const mine = ada.storage.from('w-private')
  right(await mine.upload(`${me}/a b ü.bin`, content))
  assert.ok(content.equals(Buffer.from(await right(await mine.download(`${me}/a b ü.bin`)).arrayBuffer())))
  const { signedUrl } = right(await mine.createSignedUrl(`${me}/a b ü.bin`, 60))
  assert.ok(signedUrl.startsWith(SAHNE_URL))
  const part = await fetch(signedUrl, { headers: { range: 'bytes=5-9' } })
  assert.deepEqual([part.status, await part.text()], [206, 'sahne'])
  assert.notEqual((await bo.storage.from('w-private').download(`${me}/a b ü.bin`)).error, null)
})

await step('operations of the server itself', async () => {
  assert.deepEqual(right(await ada.functions.invoke('coins/wallet', { method: 'GET' })), { balance: 0 })
  assert.equal((await client().functions.invoke('coins/wallet', { method: 'GET' })).error.context.status, 401)
})

process.exit(0)
