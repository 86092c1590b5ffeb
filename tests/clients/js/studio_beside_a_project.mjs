// The unmodified supabase-js at the studio of a server beside a project. `ask` uploads a photo, whole and in parts, and
// asks for a picture of it; `look` finds the picture. Each prints `ok …`.
import assert from 'node:assert/strict'
import { createClient } from '@supabase/supabase-js'
import * as tus from 'tus-js-client'

const { SAHNE_URL, SAHNE_KEY, SAHNE_TOKENS, SAHNE_PERSON, SAHNE_SCENE, SAHNE_PHOTO, SAHNE_STEP } = process.env
const [mine, others] = JSON.parse(SAHNE_TOKENS)
const as = (token) => createClient(SAHNE_URL, SAHNE_KEY, { accessToken: async () => token })
const me = as(mine)
const photo = Buffer.from(SAHNE_PHOTO, 'base64')
const path = `${SAHNE_PERSON}/me.png`

function right({ data, error }) {
  assert.equal(error, null, error && `${error.message} ${JSON.stringify(error)}`)
  return data
}

function inParts(objectName) {
  return new Promise((resolve, reject) => {
    const metadata = { bucketName: 'photos', objectName, contentType: 'image/png' }
    const headers = { authorization: `Bearer ${mine}` }
    const endpoint = `${SAHNE_URL}/storage/v1/upload/resumable`
    new tus.Upload(photo, { endpoint, headers, metadata, chunkSize: 500, onError: reject, onSuccess: resolve }).start()
  })
}

if (SAHNE_STEP === 'ask') {
  right(await me.storage.from('photos').upload(path, photo, { contentType: 'image/png' }))
  await inParts(`${SAHNE_PERSON}/parts.png`)
  assert.notEqual((await as(others).storage.from('photos').download(path)).error, null)
  const body = { scene_id: SAHNE_SCENE, photo_path: path }
  right(await me.functions.invoke('studio/generations', { body, headers: { 'Idempotency-Key': 'beside' } }))
  console.log('ok asked')
} else {
  const [image] = right(await me.from('generated_images').select('id, image_url'))
  const name = image.image_url.replace('/storage/v1/object/authenticated/images/', '')
  assert.ok((await right(await me.storage.from('images').download(name)).arrayBuffer()).byteLength > 0)
  const { signedUrl } = right(await me.storage.from('images').createSignedUrl(name, 60))
  assert.equal((await fetch(signedUrl)).status, 200)
  assert.notEqual((await as(others).storage.from('images').download(name)).error, null)
  assert.equal(right(await me.storage.from('photos').list(SAHNE_PERSON)).length, 2)
  console.log('ok looked')
}
