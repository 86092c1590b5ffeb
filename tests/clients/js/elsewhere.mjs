// Signing in with another provider with the unmodified supabase-js: there and back, by id token, linking and unlinking.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import { step } from './steps.mjs'

const { SAHNE_URL, SAHNE_ANON_KEY, CORP_URL, OTHER_URL } = process.env
const redirectTo = 'http://localhost:3000/in'
const provider = 'custom:corp'

function aClient(flowType = 'implicit') {
  const kept = new Map()
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  }
  return createClient(SAHNE_URL, SAHNE_ANON_KEY, {
    auth: { flowType, storage, autoRefreshToken: false, detectSessionInUrl: false },
  })
}

const ask = (url, options = {}) => fetch(url, { redirect: 'manual', ...options })

// A person signs in where the browser was sent; where the app is led to in the end.
async function throughTheBrowser(url) {
  let page = url
  if (page.startsWith(SAHNE_URL)) page = (await ask(page)).headers.get('location')
  const { origin, searchParams } = new URL(page)
  assert.equal((await ask(page)).status, 200)
  const back = (await ask(`${origin}/login`, { method: 'POST', body: searchParams })).headers.get('location')
  const answer = await ask(back)
  assert.equal(answer.status, 303)
  return new URL(answer.headers.get('location'))
}

const tokenOf = async (url, query = '') => (await fetch(`${url}/phone${query}`)).text()

function fine({ data, error }) {
  assert.equal(error, null, error?.message)
  return data
}

let me

await step('the browser comes back with a session', async () => {
  const supabase = aClient()
  const { url } = fine(
    await supabase.auth.signInWithOAuth({ provider, options: { redirectTo, skipBrowserRedirect: true } }),
  )
  const told = new URLSearchParams((await throughTheBrowser(url)).hash.slice(1))
  assert.ok(told.get('provider_token'))
  const [access_token, refresh_token] = [told.get('access_token'), told.get('refresh_token')]
  me = fine(await supabase.auth.setSession({ access_token, refresh_token })).user
  assert.deepEqual(me.app_metadata.providers, [provider])
})

await step('with PKCE it comes back with a code', async () => {
  const supabase = aClient('pkce')
  const { url } = fine(
    await supabase.auth.signInWithOAuth({ provider, options: { redirectTo, scopes: 'calendar', skipBrowserRedirect: true } }),
  )
  const code = (await throughTheBrowser(url)).searchParams.get('code')
  const { session, user } = fine(await supabase.auth.exchangeCodeForSession(code))
  assert.equal(user.id, me.id)
  assert.ok(session.provider_token)
  assert.ok((await aClient('pkce').auth.exchangeCodeForSession(code)).error)
})

await step('a phone brings an id token', async () => {
  const supabase = aClient()
  const nonce = 'of the phone'
  const hashed = createHash('sha256').update(nonce).digest('hex')
  const token = await tokenOf(CORP_URL, `?nonce=${hashed}`)
  const wrong = await supabase.auth.signInWithIdToken({ provider, token, nonce: 'another' })
  assert.equal(wrong.error.message, 'Nonces mismatch')
  assert.equal(fine(await supabase.auth.signInWithIdToken({ provider, token, nonce })).user.id, me.id)
  const unknown = await supabase.auth.signInWithIdToken({ provider: 'azure', token })
  assert.match(unknown.error.message, /Unsupported provider/)
})

await step('who is in links another identity and unlinks it', async () => {
  const supabase = aClient('pkce')
  fine(await supabase.auth.signInWithIdToken({ provider, token: await tokenOf(CORP_URL) }))
  const alone = fine(await supabase.auth.getUserIdentities()).identities
  assert.equal((await supabase.auth.unlinkIdentity(alone[0])).error.code, 'single_identity_not_deletable')
  const { url } = fine(await supabase.auth.linkIdentity({ provider: 'custom:other', options: { redirectTo } }))
  const code = (await throughTheBrowser(url)).searchParams.get('code')
  fine(await supabase.auth.exchangeCodeForSession(code))
  const { identities } = fine(await supabase.auth.getUserIdentities())
  assert.deepEqual(identities.map((each) => each.provider), [provider, 'custom:other'])
  fine(await supabase.auth.unlinkIdentity(identities[1]))
  fine(await supabase.auth.linkIdentity({ provider: 'custom:other', token: await tokenOf(OTHER_URL) }))
  assert.equal(fine(await supabase.auth.getUserIdentities()).identities.length, 2)
  const again = await supabase.auth.linkIdentity({ provider: 'custom:other', token: await tokenOf(OTHER_URL) })
  assert.equal(again.error.code, 'identity_already_exists')
})

await step('in the implicit flow linking says what it needs', async () => {
  const supabase = aClient()
  fine(await supabase.auth.signInWithIdToken({ provider, token: await tokenOf(CORP_URL) }))
  const { error } = await supabase.auth.linkIdentity({ provider: 'custom:other', options: { redirectTo } })
  assert.match(error.message, /PKCE/)
})
