// The flow without a phone: `SAHNE_PHOTO=me.jpg node try.ts bo@example.com sahne-demo` (Node 24 or newer).
import { readFile } from 'node:fs/promises'
import { Refused, Sahne } from './flow.ts'

const { SAHNE_URL, SAHNE_KEY, SAHNE_PHOTO } = process.env
const sahne = new Sahne(
  SAHNE_URL ?? 'http://127.0.0.1:54321',
  SAHNE_KEY ?? 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH',
)
const [email = '', password = ''] = process.argv.slice(2)

const me = await sahne.signIn(email, password)
const [session] = await sahne.liveSessions()
if (!session) throw new Error('Nobody is live.')
const { livekit } = await sahne.join(session.id)
console.log(`in ${session.title}, a token of ${livekit.token.length > 100 ? 'some' : 'no'} length`)

const { data: gifts } = await sahne.client.from('gifts').select('id, coin_price').order('coin_price').limit(1)
const [gift] = gifts ?? []
const intent = crypto.randomUUID()
const { wallet } = await sahne.sendGift(session.id, gift?.id, intent)
const again = await sahne.sendGift(session.id, gift?.id, intent)
console.log(again.wallet.balance === wallet.balance ? 'one gift, sent once' : 'paid twice')

await sahne.sendGift(session.id, crypto.randomUUID(), crypto.randomUUID()).catch((error: unknown) => {
  if (!(error instanceof Refused)) throw error
  console.log(`refused: ${error.code}`)
})

const [scene] = await sahne.scenes()
const { buffer: photo } = new Uint8Array(await readFile(SAHNE_PHOTO ?? 'me.jpg'))
const generation = await sahne.askForPicture(me, scene?.id ?? '', photo, crypto.randomUUID())
console.log(`a picture is ${generation.status}`)
