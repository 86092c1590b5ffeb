// The unmodified supabase-js works in its own folder of the private bucket `w-private`, and another finds nothing there.
// Prints one line per step; any failed step ends it with 1.
import assert from 'node:assert/strict'
import { createClient } from '@supabase/supabase-js'
import { right, step } from './steps.mjs'

const { SAHNE_URL, SAHNE_ANON_KEY, SAHNE_SERVICE_ROLE_KEY, SAHNE_TOKENS, SAHNE_PICTURE } = process.env
const [ada, bo] = JSON.parse(SAHNE_TOKENS)
const as = (token) => createClient(SAHNE_URL, SAHNE_ANON_KEY, { accessToken: async () => token }).storage
const mine = as(ada.token).from('w-private')
const others = as(bo.token).from('w-private')
const service = createClient(SAHNE_URL, SAHNE_SERVICE_ROLE_KEY, { auth: { persistSession: false } }).storage
const name = `${ada.id}/a b ü.txt`

const text = async (answer) => await right(answer).text()

await step('buckets', async () => {
  right(await service.createBucket('js-one', { public: false, fileSizeLimit: '20kb', allowedMimeTypes: ['image/*'] }))
  assert.equal(right(await service.getBucket('js-one')).file_size_limit, 20000)
  right(await service.updateBucket('js-one', { public: true }))
  assert.ok(right(await service.listBuckets({ search: 'js-' })).some((bucket) => bucket.public))
  const refused = await service.from('js-one').upload('a.txt', new Blob(['x'], { type: 'text/plain' }))
  assert.equal(refused.error.statusCode, '415')
  right(await service.emptyBucket('js-one'))
  right(await service.deleteBucket('js-one'))
  assert.equal((await service.getBucket('js-one')).error.message, 'Bucket not found')
})

await step('upload as a form, as bytes, again, over', async () => {
  const kept = right(await mine.upload(name, new Blob(['one'], { type: 'text/plain' }), { metadata: { mood: 'good' } }))
  assert.equal(kept.fullPath, `w-private/${name}`)
  assert.ok(kept.id)
  assert.equal((await mine.upload(name, 'two')).error.message, 'The resource already exists')
  right(await mine.upload(name, new TextEncoder().encode('two'), { upsert: true, contentType: 'text/plain', metadata: { n: 1 } }))
  right(await mine.update(name, new Blob(['three'])))
  assert.match((await others.upload(`${ada.id}/x`, 'x')).error.message, /^new row violates row-level security policy/)
})

await step('download, info, exists', async () => {
  assert.equal(await text(await mine.download(name)), 'three')
  assert.equal(right(await mine.info(name)).size, 5)
  assert.equal(right(await mine.exists(name)), true)
  assert.equal((await others.exists(name)).data, false)
  assert.notEqual((await others.download(name)).error, null)
})

await step('list', async () => {
  right(await mine.upload(`${ada.id}/deep/b.txt`, new Blob(['b'])))
  const found = right(await mine.list(ada.id))
  assert.deepEqual(found.map((entry) => [entry.name, entry.id === null]), [['a b ü.txt', false], ['deep', true]])
  assert.deepEqual(right(await others.list(ada.id)), [])
  const page = right(await mine.listV2({ prefix: `${ada.id}/`, with_delimiter: true, limit: 1 }))
  assert.deepEqual([page.hasNext, page.objects[0].name], [true, name])
  const next = right(await mine.listV2({ prefix: `${ada.id}/`, with_delimiter: true, cursor: page.nextCursor }))
  assert.deepEqual(next.folders.map((folder) => folder.name), [`${ada.id}/deep/`])
})

await step('signed URLs', async () => {
  const { signedUrl } = right(await mine.createSignedUrl(name, 60, { download: true }))
  const got = await fetch(signedUrl)
  assert.equal(await got.text(), 'three')
  assert.match(got.headers.get('content-disposition'), /^attachment/)
  const many = right(await mine.createSignedUrls([name, 'none'], 60))
  assert.equal(await (await fetch(many[0].signedUrl)).text(), 'three')
  assert.ok(many[1].error)
  const permit = right(await mine.createSignedUploadUrl(`${ada.id}/later.txt`))
  right(await others.uploadToSignedUrl(permit.path, permit.token, new Blob(['later'])))
  assert.equal(await text(await mine.download(`${ada.id}/later.txt`)), 'later')
})

await step('pictures in other sizes', async () => {
  right(await mine.upload(`${ada.id}/small.png`, Buffer.from(SAHNE_PICTURE, 'base64'), { contentType: 'image/png' }))
  const transform = { width: 10, height: 10, resize: 'contain', quality: 60 }
  const small = right(await mine.download(`${ada.id}/small.png`, { transform }))
  assert.equal(small.type, 'image/png')
  const { signedUrl } = right(await mine.createSignedUrl(`${ada.id}/small.png`, 60, { transform: { ...transform, format: 'origin' } }))
  assert.match(signedUrl, /\/render\/image\/sign\//)
  assert.deepEqual(Buffer.from(await (await fetch(signedUrl)).arrayBuffer()), Buffer.from(await small.arrayBuffer()))
  right(await mine.copy(`${ada.id}/small.png`, `${ada.id}/small.png`, { destinationBucket: 'w-public' }))
  const open = as(ada.token).from('w-public').getPublicUrl(`${ada.id}/small.png`, { transform }).data.publicUrl
  assert.equal((await fetch(open, { headers: { accept: 'image/webp' } })).headers.get('content-type'), 'image/webp')
  assert.notEqual((await others.download(`${ada.id}/small.png`, { transform })).error, null)
})

await step('copy, move, public URL, remove', async () => {
  right(await mine.copy(name, `${ada.id}/copy.txt`))
  right(await mine.move(`${ada.id}/copy.txt`, `${ada.id}/face.png`, { destinationBucket: 'w-public' }))
  const url = as(ada.token).from('w-public').getPublicUrl(`${ada.id}/face.png`).data.publicUrl
  assert.equal(await (await fetch(url)).text(), 'three')
  assert.deepEqual(right(await others.remove([name])), [])
  assert.deepEqual(right(await mine.remove([name])).map((row) => row.name), [name])
  assert.equal((await mine.exists(name)).data, false)
})
