// The unmodified supabase-js and passkeys, with an authenticator of its own. Prints one line per step; any failed step ends it with 1.
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import { refused, right, step } from './steps.mjs'

const { SAHNE_URL, SAHNE_ANON_KEY, SAHNE_SERVICE_ROLE_KEY, SAHNE_ORIGIN } = process.env
const quiet = { auth: { autoRefreshToken: false, persistSession: false } }
const client = () => createClient(SAHNE_URL, SAHNE_ANON_KEY, quiet)
const admin = createClient(SAHNE_URL, SAHNE_SERVICE_ROLE_KEY, quiet).auth.admin
const password = 'sahne-demo'

// an authenticator after WebAuthn's sections 6.1 and 6.5, with one key of P-256
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const id = randomBytes(32)
let count = 0
const sha256 = (bytes) => createHash('sha256').update(bytes).digest()
const coordinate = (name) => Buffer.from(publicKey.export({ format: 'jwk' })[name], 'base64url')
const hex = (text) => Buffer.from(text.replace(/\s/g, ''), 'hex')

function authenticatorData(rpId, flags) {
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE((count += 1))
  return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter])
}

function answered(type, challenge, response) {
  const clientData = Buffer.from(JSON.stringify({ type, challenge, origin: SAHNE_ORIGIN, crossOrigin: false }))
  const written = Object.entries(response(clientData)).map(([name, bytes]) => [name, bytes.toString('base64url')])
  return {
    id: id.toString('base64url'),
    rawId: id.toString('base64url'),
    type: 'public-key',
    clientExtensionResults: {},
    response: { clientDataJSON: clientData.toString('base64url'), ...Object.fromEntries(written) },
  }
}

function created({ challenge, rp }) {
  const key = Buffer.concat([hex('a5 01 02 03 26 20 01 21 5820'), coordinate('x'), hex('22 5820'), coordinate('y')])
  const data = Buffer.concat([authenticatorData(rp.id, 0x45), Buffer.alloc(16), hex('0020'), id, key])
  const size = Buffer.alloc(2)
  size.writeUInt16BE(data.length)
  // {"fmt": "none", "attStmt": {}, "authData": …}
  const begin = hex('a3 63 666d74 64 6e6f6e65 67 61747453746d74 a0 68 6175746844617461 59')
  return answered('webauthn.create', challenge, () => ({ attestationObject: Buffer.concat([begin, size, data]) }))
}

function used({ challenge, rpId }, handle) {
  const data = authenticatorData(rpId, 0x05)
  return answered('webauthn.get', challenge, (clientData) => ({
    authenticatorData: data,
    signature: sign('sha256', Buffer.concat([data, sha256(clientData)]), privateKey),
    userHandle: Buffer.from(handle),
  }))
}

const email = `${randomUUID().slice(0, 12)}@example.com`
const { auth } = client()
const { user } = right(await auth.signUp({ email, password }))
let passkey

await step('a passkey is added by who is signed in', async () => {
  refused(await client().auth.passkey.startRegistration(), 400, undefined)
  const { challenge_id, options, expires_at } = right(await auth.passkey.startRegistration())
  assert.ok(expires_at > Date.now() / 1000)
  const credential = created(options)
  passkey = right(await auth.passkey.verifyRegistration({ challengeId: challenge_id, credential }))
  assert.equal(passkey.friendly_name, 'Passkey')
  refused(await auth.passkey.verifyRegistration({ challengeId: challenge_id, credential }), 400, 'webauthn_challenge_not_found')
})

await step('and opens a session without a password', async () => {
  const { auth } = client()
  const events = []
  auth.onAuthStateChange((event) => events.push(event))
  const { challenge_id, options } = right(await auth.passkey.startAuthentication())
  const credential = used(options, user.id)
  const opened = right(await auth.passkey.verifyAuthentication({ challengeId: challenge_id, credential }))
  assert.equal(opened.user.email, email)
  assert.ok(events.includes('SIGNED_IN'))
  const { currentLevel, currentAuthenticationMethods } = right(await auth.mfa.getAuthenticatorAssuranceLevel())
  assert.deepEqual([currentLevel, currentAuthenticationMethods[0].method], ['aal1', 'passkey'])
  const again = await client().auth.passkey.verifyAuthentication({ challengeId: challenge_id, credential })
  refused(again, 400, 'webauthn_challenge_not_found')
  const { data: asked } = await client().auth.passkey.startAuthentication()
  const stolen = { challengeId: asked.challenge_id, credential: used(asked.options, randomUUID()) }
  refused(await client().auth.passkey.verifyAuthentication(stolen), 400, 'webauthn_verification_failed')
})

await step('it is listed, named, and removed by an admin', async () => {
  const renamed = right(await auth.passkey.update({ passkeyId: passkey.id, friendlyName: 'My phone' }))
  assert.equal(renamed.friendly_name, 'My phone')
  const [listed] = right(await auth.passkey.list())
  assert.deepEqual([listed.id, listed.friendly_name], [passkey.id, 'My phone'])
  assert.ok(listed.last_used_at)
  assert.deepEqual(right(await admin.passkey.listPasskeys({ userId: user.id })), [listed])
  right(await admin.passkey.deletePasskey({ userId: user.id, passkeyId: passkey.id }))
  assert.deepEqual(right(await auth.passkey.list()), [])
  refused(await auth.passkey.delete({ passkeyId: passkey.id }), 404, 'validation_failed')
})
