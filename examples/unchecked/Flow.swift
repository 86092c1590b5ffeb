// UNCHECKED: no test compiles or runs this file. With supabase-swift.
import Foundation
import Supabase

struct Session: Decodable { let id: UUID, title: String }
struct LiveKit: Decodable { let url: String, token: String }
struct Joined: Decodable { let livekit: LiveKit }
struct Gift: Encodable {
  let giftId: UUID
  var quantity = 1
  enum CodingKeys: String, CodingKey { case giftId = "gift_id", quantity }
}

struct Sahne {
  let client: SupabaseClient

  init(url: URL, key: String) {
    client = SupabaseClient(supabaseURL: url, supabaseKey: key)
  }

  func signIn(email: String, password: String) async throws {
    try await client.auth.signIn(email: email, password: password)
  }

  func liveSessions() async throws -> [Session] {
    try await client.from("live_sessions").select("id, title").eq("status", value: "live").execute().value
  }

  /// `livekit.url` and `livekit.token` are for LiveKit's room.
  func join(_ session: Session) async throws -> Joined {
    try await client.functions.invoke("live/sessions/\(session.id.uuidString.lowercased())/join")
  }

  /// One `intent` is one gift, however often it is tried.
  func send(_ gift: Gift, to session: Session, intent: UUID) async throws {
    let once = ["Idempotency-Key": intent.uuidString]
    let path = "live/sessions/\(session.id.uuidString.lowercased())/gifts"
    try await client.functions.invoke(path, options: FunctionInvokeOptions(headers: once, body: gift))
  }
}
