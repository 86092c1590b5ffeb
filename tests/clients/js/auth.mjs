// The unmodified supabase-js signs people up, in and out. Prints one line per step; any failed step ends it with 1.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import { refused, right, step } from './steps.mjs'

const { SAHNE_URL, SAHNE_ANON_KEY, SAHNE_SERVICE_ROLE_KEY } = process.env
const quiet = { auth: { autoRefreshToken: false, persistSession: false } }
const client = () => createClient(SAHNE_URL, SAHNE_ANON_KEY, quiet)
const admin = createClient(SAHNE_URL, SAHNE_SERVICE_ROLE_KEY, quiet).auth.admin
const anEmail = () => `${randomUUID().slice(0, 12)}@example.com`
const password = 'sahne-demo'

await step('a person signs up, out and in again', async () => {
  const { auth } = client()
  const email = anEmail()
  const events = []
  auth.onAuthStateChange((event) => events.push(event))
  const made = right(await auth.signUp({ email, password, options: { data: { name: 'Ada' } } }))
  assert.equal(made.user.email, email)
  assert.equal(made.user.user_metadata.name, 'Ada')
  assert.equal(made.session.token_type, 'bearer')
  assert.equal((await auth.signOut()).error, null)
  const again = right(await auth.signInWithPassword({ email, password }))
  assert.equal(again.user.id, made.user.id)
  assert.equal(right(await auth.getUser()).user.id, made.user.id)
  assert.equal(right(await auth.getClaims()).claims.session_id.length, 36)
  assert.ok(events.includes('SIGNED_IN') && events.includes('SIGNED_OUT'))
})

await step('refusals carry their codes', async () => {
  const { auth } = client()
  const email = anEmail()
  right(await auth.signUp({ email, password }))
  refused(await auth.signUp({ email, password }), 422, 'user_already_exists')
  refused(await auth.signInWithPassword({ email, password: 'wrong horse' }), 400, 'invalid_credentials')
  const weak = refused(await auth.signUp({ email: anEmail(), password: '123' }), 422, 'weak_password')
  assert.deepEqual(weak.reasons, ['length'])
  refused(await auth.refreshSession({ refresh_token: 'aaaaaaaaaaaa' }), 400, 'refresh_token_not_found')
  refused(await client().auth.admin.listUsers(), 403, 'not_admin')
})

await step('a session is refreshed, set elsewhere and ended everywhere', async () => {
  const here = client().auth
  const there = client().auth
  const first = right(await here.signUp({ email: anEmail(), password })).session
  const second = right(await here.refreshSession()).session
  assert.notEqual(second.refresh_token, first.refresh_token)
  assert.equal(right(await there.refreshSession(first)).session.refresh_token, second.refresh_token)
  right(await there.setSession(second))
  assert.equal((await here.signOut({ scope: 'global' })).error, null)
  // the client's own word for session_not_found
  assert.equal((await there.getUser(second.access_token)).error.name, 'AuthSessionMissingError')
})

await step('a visitor becomes a user', async () => {
  const { auth } = client()
  const visitor = right(await auth.signInAnonymously({ options: { data: { theme: 'dark' } } })).user
  assert.equal(visitor.is_anonymous, true)
  const email = anEmail()
  const { user } = right(await auth.updateUser({ email, password, data: { name: 'Bo' } }))
  assert.deepEqual([user.id, user.email, user.is_anonymous], [visitor.id, email, false])
  assert.deepEqual([user.user_metadata.theme, user.user_metadata.name], ['dark', 'Bo'])
  assert.equal(right(await auth.getUserIdentities()).identities.length, 1)
  refused(await auth.updateUser({ password }), 422, 'same_password')
})

await step('the service key manages users', async () => {
  const email = anEmail()
  const { user } = right(await admin.createUser({ email, password, email_confirm: true }))
  assert.equal(right(await admin.getUserById(user.id)).user.email, email)
  const listed = right(await admin.listUsers({ page: 1, perPage: 1 }))
  assert.equal(listed.users.length, 1)
  assert.ok(listed.total >= 1 && listed.lastPage >= 1)
  const banned = right(await admin.updateUserById(user.id, { ban_duration: '1h', app_metadata: { plan: 'gold' } }))
  assert.equal(banned.user.app_metadata.plan, 'gold')
  refused(await client().auth.signInWithPassword({ email, password }), 400, 'user_banned')
  right(await admin.deleteUser(user.id))
  refused(await admin.getUserById(user.id), 404, 'user_not_found')
})
