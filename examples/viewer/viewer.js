// A viewer in one file: sign in, see who is live, watch, read the chat and write to it.
// `index.html?url=…&key=…` asks another server than the one of `sahne up`.
const asked = new URLSearchParams(location.search)
const url = asked.get('url') ?? 'http://127.0.0.1:54321'
const key = asked.get('key') ?? 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH'

const sahne = supabase.createClient(url, key)
const room = new LivekitClient.Room({ adaptiveStream: true })
const at = (id) => document.getElementById(id)

// A refusal is {code, message, details, hint}; what a person reads is its message
async function operation(path, body = {}) {
  const { data, error } = await sahne.functions.invoke(path, { body })
  if (error) throw new Error((await error.context.json()).message)
  return data
}

function told(work) {
  return async (event) => {
    event.preventDefault()
    at('told').textContent = ''
    await work(event).catch((error) => { at('told').textContent = error.message })
  }
}

at('sign-in').onsubmit = told(async (event) => {
  const { error } = await sahne.auth.signInWithPassword(Object.fromEntries(new FormData(event.target)))
  if (error) throw error
  event.target.hidden = true
  await showSessions()
})

async function showSessions() {
  const { data, error } = await sahne
    .from('live_sessions').select('id, title, creator:public_profiles(username)').eq('status', 'live')
  if (error) throw error
  at('sessions').replaceChildren(...data.map((session) => {
    const button = document.createElement('button')
    button.textContent = `${session.title} by ${session.creator.username}`
    button.onclick = told(() => watch(session))
    return button
  }))
  at('told').textContent = data.length ? '' : 'Nobody is live.'
}

async function watch({ id }) {
  const { livekit } = await operation(`live/sessions/${id}/join`)
  at('sessions').replaceChildren()
  await hearChat(id)
  room.on('trackSubscribed', (track) => at('stage').append(track.attach()))
  room.on('trackUnsubscribed', (track) => track.detach().forEach((element) => element.remove()))
  room.on('disconnected', () => { at('told').textContent = 'It is over.' })
  await room.connect(livekit.url, livekit.token)
}

// First listen, then read what was said before: no line is missed in between
async function hearChat(id) {
  const shown = new Set()
  const show = (line) => {
    if (shown.has(line.id)) return
    shown.add(line.id)
    at('chat').append(Object.assign(document.createElement('li'), { textContent: line.content }))
  }
  const lines = { event: 'INSERT', schema: 'public', table: 'live_messages', filter: `session_id=eq.${id}` }
  await new Promise((ready) => sahne.channel('chat').on('postgres_changes', lines, ({ new: line }) => show(line)).subscribe(ready))
  const { data } = await sahne.from('live_messages').select('id, content').eq('session_id', id).order('seq')
  data.forEach(show)
  at('say').hidden = false
  at('say').onsubmit = told(async (event) => {
    const { data: { user } } = await sahne.auth.getUser()
    const content = new FormData(event.target).get('content')
    const line = { session_id: id, sender_id: user.id, sender_profile_id: user.id, content }
    const { error } = await sahne.from('live_messages').insert(line)
    if (error) throw error
    event.target.reset()
  })
}
