// Signing in by letter with the unmodified supabase-js: every flow, the letters read from the inbox.
import assert from 'node:assert/strict'
import { createClient } from '@supabase/supabase-js'
import { step } from './steps.mjs'

const { SAHNE_URL, SAHNE_ANON_KEY, SAHNE_SERVICE_ROLE_KEY } = process.env
const PASSWORD = 'sahne-demo'

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

const admin = createClient(SAHNE_URL, SAHNE_SERVICE_ROLE_KEY, { auth: { persistSession: false } })
let people = 0
const anAddress = () => `js${Date.now()}-${++people}@example.com`

async function letter(to, count = 1) {
  for (let tries = 0; tries < 400; tries++) {
    const answer = await fetch(`${SAHNE_URL}/inbox`, { headers: { accept: 'application/json' } })
    const letters = (await answer.json()).letters.filter((each) => each.to === to)
    if (letters.length >= count) return { ...letters[0], code: /: (\d{6})$/m.exec(letters[0].text)?.[1] }
    await new Promise((later) => setTimeout(later, 25))
  }
  throw new Error(`no letter to ${to}`)
}

async function follow(link) {
  const answer = await fetch(link, { redirect: 'manual' })
  assert.equal(answer.status, 303)
  return new URL(answer.headers.get('location'))
}

function fine({ data, error }) {
  assert.equal(error, null, error?.message)
  return data
}

await step('who signs up confirms the address by the link', async () => {
  const supabase = aClient()
  const email = anAddress()
  const made = fine(await supabase.auth.signUp({ email, password: PASSWORD }))
  assert.equal(made.session, null)
  assert.equal(made.user.email, email)
  const early = await supabase.auth.signInWithPassword({ email, password: PASSWORD })
  assert.equal(early.error.code, 'email_not_confirmed')
  const told = new URLSearchParams((await follow((await letter(email)).link)).hash.slice(1))
  const session = fine(
    await supabase.auth.setSession({
      access_token: told.get('access_token'),
      refresh_token: told.get('refresh_token'),
    }),
  )
  assert.equal(session.user.email, email)
  fine(await supabase.auth.signInWithPassword({ email, password: PASSWORD }))
})

await step('a forgotten password is chosen anew by PKCE', async () => {
  const supabase = aClient('pkce')
  const email = anAddress()
  fine(await admin.auth.admin.createUser({ email, password: PASSWORD, email_confirm: true }))
  fine(await supabase.auth.resetPasswordForEmail(email, { redirectTo: 'http://localhost:5173/new' }))
  const goal = await follow((await letter(email)).link)
  assert.equal(goal.origin + goal.pathname, 'http://localhost:5173/new')
  const events = []
  supabase.auth.onAuthStateChange((event) => void events.push(event))
  fine(await supabase.auth.exchangeCodeForSession(goal.searchParams.get('code')))
  assert.ok(events.includes('PASSWORD_RECOVERY'), events.join())
  fine(await supabase.auth.updateUser({ password: 'another-demo' }))
  fine(await aClient().auth.signInWithPassword({ email, password: 'another-demo' }))
})

await step('a code signs in', async () => {
  const supabase = aClient()
  const email = anAddress()
  fine(await supabase.auth.signInWithOtp({ email, options: { data: { name: 'Ada' } } }))
  const { code } = await letter(email)
  const wrong = await supabase.auth.verifyOtp({ email, token: code === '000000' ? '000001' : '000000', type: 'email' })
  assert.equal(wrong.error.code, 'otp_expired')
  const { user } = fine(await supabase.auth.verifyOtp({ email, token: code, type: 'email' }))
  assert.equal(user.user_metadata.name, 'Ada')
})

await step('the letter of a sign-up comes again', async () => {
  const supabase = aClient()
  const email = anAddress()
  fine(await supabase.auth.signUp({ email, password: PASSWORD }))
  await letter(email)
  fine(await supabase.auth.resend({ type: 'signup', email }))
  const { code } = await letter(email, 2)
  fine(await supabase.auth.verifyOtp({ email, token: code, type: 'signup' }))
})

await step('an address is changed by both sides', async () => {
  const supabase = aClient()
  const [email, wanted] = [anAddress(), anAddress()]
  fine(await admin.auth.admin.createUser({ email, password: PASSWORD, email_confirm: true }))
  fine(await supabase.auth.signInWithPassword({ email, password: PASSWORD }))
  const { user } = fine(await supabase.auth.updateUser({ email: wanted }))
  assert.equal(user.new_email, wanted)
  fine(await supabase.auth.verifyOtp({ email, token: (await letter(email)).code, type: 'email_change' }))
  const token = (await letter(wanted)).code
  const moved = fine(await supabase.auth.verifyOtp({ email: wanted, token, type: 'email_change' }))
  assert.equal(moved.user.email, wanted)
})

await step('a code is asked for before a password changes', async () => {
  const supabase = aClient()
  const email = anAddress()
  fine(await admin.auth.admin.createUser({ email, password: PASSWORD, email_confirm: true }))
  fine(await supabase.auth.signInWithPassword({ email, password: PASSWORD }))
  fine(await supabase.auth.reauthenticate())
  fine(await supabase.auth.updateUser({ password: 'another-demo', nonce: (await letter(email)).code }))
})

await step('somebody is invited, and a link is made', async () => {
  const email = anAddress()
  const invited = fine(await admin.auth.admin.inviteUserByEmail(email, { data: { name: 'Bo' } }))
  assert.ok(invited.user.invited_at)
  const { link } = await letter(email)
  const token_hash = new URL(link).searchParams.get('token')
  fine(await aClient().auth.verifyOtp({ token_hash, type: 'invite' }))
  const made = fine(await admin.auth.admin.generateLink({ type: 'magiclink', email }))
  assert.equal(made.properties.verification_type, 'magiclink')
  fine(await aClient().auth.verifyOtp({ token_hash: made.properties.hashed_token, type: 'magiclink' }))
})

await step('a code by short message signs in, once', async () => {
  const supabase = aClient()
  const phone = `+90${Date.now()}`.slice(0, 15)
  fine(await supabase.auth.signInWithOtp({ phone, options: { data: { name: 'Ada' } } }))
  const { code } = await letter(phone)
  const { session } = fine(await supabase.auth.verifyOtp({ phone, token: code, type: 'sms' }))
  assert.equal(session.user.phone, phone.slice(1))
  assert.equal(session.user.user_metadata.name, 'Ada')
  const again = await aClient().auth.verifyOtp({ phone, token: code, type: 'sms' })
  assert.equal(again.error.code, 'otp_expired')
})

await step('who signed up by phone moves to another number', async () => {
  const supabase = aClient()
  const phone = `+91${Date.now()}`.slice(0, 15)
  const other = `+92${Date.now()}`.slice(0, 15)
  const made = fine(await supabase.auth.signUp({ phone, password: PASSWORD }))
  assert.equal(made.session, null)
  fine(await supabase.auth.verifyOtp({ phone, token: (await letter(phone)).code, type: 'sms' }))
  const { user } = fine(await supabase.auth.updateUser({ phone: other }))
  assert.equal(user.new_phone, other.slice(1))
  fine(await supabase.auth.verifyOtp({ phone: other, token: (await letter(other)).code, type: 'phone_change' }))
  fine(await aClient().auth.signInWithPassword({ phone: other, password: PASSWORD }))
  const gone = await aClient().auth.signInWithPassword({ phone, password: PASSWORD })
  assert.equal(gone.error.code, 'invalid_credentials')
})

await step('a phone is a second factor', async () => {
  const supabase = aClient()
  const email = anAddress()
  const phone = `+93${Date.now()}`.slice(0, 15)
  fine(await admin.auth.admin.createUser({ email, password: PASSWORD, email_confirm: true }))
  fine(await supabase.auth.signInWithPassword({ email, password: PASSWORD }))
  const { mfa } = supabase.auth
  const factor = fine(await mfa.enroll({ factorType: 'phone', friendlyName: 'mine', phone }))
  assert.deepEqual([factor.type, factor.phone], ['phone', phone])
  const challenge = fine(await mfa.challenge({ factorId: factor.id, channel: 'sms' }))
  const { code } = await letter(phone)
  fine(await mfa.verify({ factorId: factor.id, challengeId: challenge.id, code }))
  assert.equal(fine(await mfa.getAuthenticatorAssuranceLevel()).currentLevel, 'aal2')
  assert.deepEqual(fine(await mfa.listFactors()).phone.map(({ id }) => id), [factor.id])
  const again = await mfa.verify({ factorId: factor.id, challengeId: challenge.id, code })
  assert.equal(again.error.code, 'mfa_ip_address_mismatch')
  fine(await mfa.unenroll({ factorId: factor.id }))
})
