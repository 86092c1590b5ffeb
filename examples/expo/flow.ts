// What an app does with Sahne, without a screen: sign in, see who is live, come in, send a gift, ask for a picture.
// The types are those that `sahne types` prints.
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type { Operations } from './operations.ts'

export type Session = { id: string; title: string; viewer_count: number }
export type Joined = Operations['join_session']['answer']
export type GiftSent = Operations['send_gift']['answer']
export type Generation = Operations['read_generation']['answer']['generation']
export type Scene = { id: string; name: string }

/** Why something was refused: programs match on `code`, people read `message`. */
export class Refused extends Error {
  readonly code: string

  constructor(refusal: { code: string; message: string }) {
    super(refusal.message)
    this.code = refusal.code
  }
}

export class Sahne {
  readonly client: SupabaseClient

  constructor(url: string, key: string) {
    this.client = createClient(url, key)
  }

  async signIn(email: string, password: string): Promise<string> {
    const { data, error } = await this.client.auth.signInWithPassword({ email, password })
    if (error) throw error
    return data.user.id
  }

  async liveSessions(): Promise<Session[]> {
    const { data, error } = await this.client.from('live_sessions').select('id, title, viewer_count').eq('status', 'live')
    if (error) throw error
    return data
  }

  /** `livekit.url` and `livekit.token` are for the room of `@livekit/react-native`. */
  join(sessionId: string): Promise<Joined> {
    return this.operation(`live/sessions/${sessionId}/join`, {})
  }

  /** One `intent` is one gift, however often it is tried: make it when the button is pressed, keep it for retries. */
  sendGift(sessionId: string, giftId: string, intent: string): Promise<GiftSent> {
    const body: Operations['send_gift']['body'] = { gift_id: giftId }
    return this.operation(`live/sessions/${sessionId}/gifts`, body, { 'Idempotency-Key': intent })
  }

  async scenes(): Promise<Scene[]> {
    const { data, error } = await this.client.from('scenes').select('id, name').eq('is_premium', false).order('order_index')
    if (error) throw error
    return data
  }

  /** Uploads the photo and asks; the picture comes later. */
  async askForPicture(userId: string, sceneId: string, photo: ArrayBuffer, intent: string): Promise<Generation> {
    const path = `${userId}/${intent}.jpg`
    const { error } = await this.client.storage.from('photos').upload(path, photo, { contentType: 'image/jpeg' })
    if (error) throw error
    const body: Operations['request_generation']['body'] = { scene_id: sceneId, photo_path: path }
    const asked = await this.operation<{ generation: Generation }>('studio/generations', body, { 'Idempotency-Key': intent })
    return asked.generation
  }

  private async operation<Answer>(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    const { data, error } = await this.client.functions.invoke<Answer>(path, { body, headers })
    if (error) throw new Refused(await error.context.json())
    return data as Answer
  }
}
