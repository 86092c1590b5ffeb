// The unmodified supabase-js and keys that anybody can check. Prints one line per step; any failed step ends it with 1.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import { step } from './steps.mjs'

const { SAHNE_URL, SAHNE_ANON_KEY } = process.env
const asked = []
const counting = (url, options) => {
  asked.push(new URL(url).pathname)
  return fetch(url, options)
}
const client = createClient(SAHNE_URL, SAHNE_ANON_KEY, {
  auth: { autoRefreshToken: false, persistSession: false },
  global: { fetch: counting },
})

await step('claims are read with one question for the keys, and then with none', async () => {
  const email = `${randomUUID()}@example.com`
  const { data, error } = await client.auth.signUp({ email, password: 'sahne-demo' })
  assert.equal(error, null)
  asked.length = 0
  for (let again = 0; again < 3; again++) {
    const read = await client.auth.getClaims(data.session.access_token)
    assert.equal(read.error, null)
    assert.equal(read.data.claims.sub, data.user.id)
    assert.equal(read.data.claims.aal, 'aal1')
  }
  assert.deepEqual(asked, ['/auth/v1/.well-known/jwks.json'])
})

await step('a token that was changed is noticed without asking', async () => {
  const { data } = await client.auth.signUp({ email: `${randomUUID()}@example.com`, password: 'sahne-demo' })
  const [head, , signature] = data.session.access_token.split('.')
  const forged = { ...(await client.auth.getClaims(data.session.access_token)).data.claims, role: 'service_role' }
  const body = Buffer.from(JSON.stringify(forged)).toString('base64url')
  const { error } = await client.auth.getClaims(`${head}.${body}.${signature}`)
  assert.match(error.message, /Invalid JWT signature/)
})
