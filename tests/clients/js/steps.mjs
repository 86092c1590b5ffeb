// What the scripts share: a step that prints a line when it is done, what an answer held, and how one was refused.
import assert from 'node:assert/strict'

export async function step(name, run) {
  await run()
  console.log(`ok ${name}`)
}

export function right({ data, error }) {
  assert.equal(error, null, error && `${error.message} ${JSON.stringify(error)}`)
  return data
}

export function refused({ error }, status, code) {
  assert.ok(error, `expected ${code}`)
  assert.deepEqual([error.status, error.code], [status, code])
  return error
}
