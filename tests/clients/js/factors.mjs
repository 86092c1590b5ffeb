// The unmodified supabase-js and second factors. Prints one line per step; any failed step ends it with 1.
import assert from 'node:assert/strict'
import { createHmac, randomUUID } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import { refused, right, step } from './steps.mjs'

const { SAHNE_URL, SAHNE_ANON_KEY, SAHNE_SERVICE_ROLE_KEY } = process.env
const quiet = { auth: { autoRefreshToken: false, persistSession: false, experimental: { recoveryCodes: true } } }
const client = () => createClient(SAHNE_URL, SAHNE_ANON_KEY, quiet)
const admin = createClient(SAHNE_URL, SAHNE_SERVICE_ROLE_KEY, quiet).auth.admin
const password = 'sahne-demo'

// an authenticator app of our own, after RFC 6238
function codeOf(secret, off = 0) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + off))
  const digest = createHmac('sha1', key).update(step).digest()
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

async function levels(auth) {
  const { currentLevel, nextLevel } = right(await auth.mfa.getAuthenticatorAssuranceLevel())
  return [currentLevel, nextLevel]
}

const email = `${randomUUID().slice(0, 12)}@example.com`
const { auth } = client()
const { user } = right(await auth.signUp({ email, password }))
let factor, codes

await step('an authenticator app is set up', async () => {
  assert.deepEqual(await levels(auth), ['aal1', 'aal1'])
  factor = right(await auth.mfa.enroll({ factorType: 'totp', friendlyName: 'phone', issuer: 'Sahne' }))
  assert.match(factor.totp.qr_code, /^data:image\/svg\+xml;utf-8,<svg [^#]+$/)
  assert.match(factor.totp.uri, /^otpauth:\/\/totp\/Sahne:/)
  const challenge = right(await auth.mfa.challenge({ factorId: factor.id }))
  assert.ok(challenge.expires_at > Date.now() / 1000)
  const events = []
  auth.onAuthStateChange((event) => events.push(event))
  const code = codeOf(factor.totp.secret)
  const session = right(await auth.mfa.verify({ factorId: factor.id, challengeId: challenge.id, code }))
  assert.equal(session.user.factors[0].status, 'verified')
  assert.ok(events.includes('MFA_CHALLENGE_VERIFIED'))
  assert.deepEqual(await levels(auth), ['aal2', 'aal2'])
  const { currentAuthenticationMethods } = right(await auth.mfa.getAuthenticatorAssuranceLevel())
  assert.deepEqual(currentAuthenticationMethods.map(({ method }) => method).sort(), ['password', 'totp'])
  assert.equal(right(await auth.refreshSession()).session.user.id, user.id)
  assert.deepEqual(await levels(auth), ['aal2', 'aal2'])
})

await step('the next sign-in is asked for a code', async () => {
  const next = client().auth
  right(await next.signInWithPassword({ email, password }))
  assert.deepEqual(await levels(next), ['aal1', 'aal2'])
  refused(await next.updateUser({ password: 'another horse' }), 401, 'insufficient_aal')
  refused(await next.mfa.unenroll({ factorId: factor.id }), 422, 'insufficient_aal')
  refused(await next.mfa.challengeAndVerify({ factorId: factor.id, code: '000000x' }), 422, 'mfa_verification_failed')
  right(await next.mfa.challengeAndVerify({ factorId: factor.id, code: codeOf(factor.totp.secret, 1) }))
  assert.deepEqual(await levels(next), ['aal2', 'aal2'])
})

await step('recovery codes are made, used and renewed', async () => {
  const { recoveryCodes } = auth.mfa
  codes = right(await recoveryCodes.generate()).codes
  assert.equal(codes.length, 10)
  const lost = client().auth
  right(await lost.signInWithPassword({ email, password }))
  refused(await lost.mfa.recoveryCodes.verify({ code: 'aaaa-bbbb' }), 422, 'mfa_verification_failed')
  right(await lost.mfa.recoveryCodes.verify({ code: codes[3] }))
  assert.deepEqual(await levels(lost), ['aal2', 'aal2'])
  const { total, remaining } = right(await recoveryCodes.getStatus())
  assert.deepEqual([total, remaining], [10, 9])
  assert.equal(right(await recoveryCodes.regenerate()).codes.length, 10)
  const factors = right(await auth.mfa.listFactors())
  assert.deepEqual([factors.totp.length, factors.recovery_code.length, factors.all.length], [1, 1, 2])
})

await step('factors are removed, by the person and by the service key', async () => {
  right(await auth.mfa.recoveryCodes.unenroll())
  assert.equal(right(await auth.mfa.unenroll({ factorId: factor.id })).id, factor.id)
  right(await auth.refreshSession())
  assert.deepEqual(await levels(auth), ['aal1', 'aal1'])
  const again = right(await auth.mfa.enroll({ factorType: 'totp' }))
  right(await auth.mfa.challengeAndVerify({ factorId: again.id, code: codeOf(again.totp.secret) }))
  const { factors } = right(await admin.mfa.listFactors({ userId: user.id }))
  assert.deepEqual(factors.map(({ id, status }) => [id, status]), [[again.id, 'verified']])
  right(await admin.mfa.deleteFactor({ id: again.id, userId: user.id }))
  assert.deepEqual(right(await admin.mfa.listFactors({ userId: user.id })).factors, [])
  refused(await auth.mfa.enroll({ factorType: 'phone', phone: '+15550001111' }), 422, 'mfa_phone_enroll_not_enabled')
})
