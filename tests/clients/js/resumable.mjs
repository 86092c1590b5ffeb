// The unmodified tus-js-client beside supabase-js: uploads in parts, one that is interrupted and resumed, a signed link,
// and what is refused. Prints one line per step; any failed step ends it with 1.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createClient } from '@supabase/supabase-js'
import * as tus from 'tus-js-client'
import { right, step } from './steps.mjs'

const { SAHNE_URL, SAHNE_ANON_KEY, SAHNE_TOKENS, SAHNE_LARGE_BYTES } = process.env
const [ada, bo] = JSON.parse(SAHNE_TOKENS)
const endpoint = `${SAHNE_URL}/storage/v1/upload/resumable`
const supabase = createClient(SAHNE_URL, SAHNE_ANON_KEY, { accessToken: async () => ada.token }).storage
const mine = supabase.from('w-private')
const CHUNK = 6 * 1024 * 1024
const MB = 1024 * 1024

/** Starts an upload as the documentation of Supabase has it; `done` settles with it. */
function upload(content, objectName, { token = ada.token, bucketName = 'w-private', headers, ...options } = {}) {
  let started
  const done = new Promise((resolve, reject) => {
    started = new tus.Upload(content, {
      endpoint,
      retryDelays: [0, 100, 500],
      headers: headers ?? { authorization: `Bearer ${token}` },
      uploadDataDuringCreation: true,
      removeFingerprintOnSuccess: true,
      metadata: { bucketName, objectName, contentType: 'video/mp4', cacheControl: '3600', metadata: JSON.stringify({ n: 1 }) },
      chunkSize: CHUNK,
      onError: reject,
      onSuccess: () => resolve(started),
      ...options
    })
    started.start()
  })
  return { started, done }
}

const refused = async (...given) => {
  const error = await upload(...given).done.then(
    () => assert.fail('it was taken'),
    (error) => error
  )
  return [error.originalResponse.getStatus(), error.originalResponse.getBody()]
}
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex')
const bytes = (size) => {
  const content = Buffer.alloc(size)
  for (let at = 0; at < size; at += 4096) content.writeUInt32LE(at, at)
  return content
}

await step('in chunks', async () => {
  const content = bytes(2 * CHUNK + 1000)
  await upload(content, `${ada.id}/clip ü.mp4`).done
  assert.equal(sha(Buffer.from(await right(await mine.download(`${ada.id}/clip ü.mp4`)).arrayBuffer())), sha(content))
  const described = right(await mine.info(`${ada.id}/clip ü.mp4`))
  assert.deepEqual([described.contentType, described.cacheControl, described.metadata], ['video/mp4', 'max-age=3600', { n: 1 }])
})

await step('what is refused', async () => {
  assert.equal((await refused(Buffer.from('x'), `${bo.id}/x.mp4`))[0], 403)
  assert.deepEqual(await refused(Buffer.from('x'), 'x.mp4', { bucketName: 'w-nowhere' }), [404, 'Bucket not found'])
  assert.equal((await refused(Buffer.from('x'), `${ada.id}/x.mp4`, { bucketName: 'w-picky' }))[0], 415)
  assert.equal((await refused(bytes(5000), `${ada.id}/clip ü.mp4`))[1], 'The resource already exists')
  const upsert = { headers: { authorization: `Bearer ${ada.token}`, 'x-upsert': 'true' } }
  await upload(bytes(5000), `${ada.id}/clip ü.mp4`, upsert).done
})

await step('a signed link', async () => {
  const { token } = right(await mine.createSignedUploadUrl(`${ada.id}/later.mp4`))
  const link = { endpoint: `${endpoint}/sign`, headers: { 'x-signature': token } }
  await upload(Buffer.from('later'), `${ada.id}/later.mp4`, link).done
  assert.equal(await right(await mine.download(`${ada.id}/later.mp4`)).text(), 'later')
})

await step('a large one, interrupted and resumed', async () => {
  const content = bytes(Number(SAHNE_LARGE_BYTES))
  let uploadUrl
  const first = upload(content, `${ada.id}/large.mp4`, {
    chunkSize: Number.POSITIVE_INFINITY,
    uploadDataDuringCreation: false,
    onUploadUrlAvailable: () => { uploadUrl = first.started.url },
    onProgress: (sent) => { if (sent > content.length / 2) void first.started.abort() }
  })
  while (!uploadUrl || !first.started._aborted) await new Promise((resolve) => setTimeout(resolve, 10))
  const before = await fetch(uploadUrl, { method: 'HEAD', headers: { authorization: `Bearer ${ada.token}`, 'tus-resumable': '1.0.0' } })
  const came = Number(before.headers.get('upload-offset'))
  assert.ok(came < content.length)
  const offsets = []
  const second = upload(content, `${ada.id}/large.mp4`, { uploadUrl, chunkSize: 20 * MB, onChunkComplete: (_, taken) => offsets.push(taken) })
  await second.done
  assert.ok(offsets[0] > came)
  const signed = right(await mine.createSignedUrl(`${ada.id}/large.mp4`, 60)).signedUrl
  const hash = createHash('sha256')
  for await (const chunk of (await fetch(signed)).body) hash.update(chunk)
  assert.equal(hash.digest('hex'), sha(content))
})

process.exit(0) // the interrupted request keeps Node open
