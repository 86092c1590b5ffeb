// UNCHECKED: no test compiles or runs this file. With supabase-kt: auth-kt, postgrest-kt, functions-kt.
import io.github.jan.supabase.auth.Auth
import io.github.jan.supabase.auth.auth
import io.github.jan.supabase.auth.providers.builtin.Email
import io.github.jan.supabase.createSupabaseClient
import io.github.jan.supabase.functions.Functions
import io.github.jan.supabase.functions.functions
import io.github.jan.supabase.postgrest.Postgrest
import io.github.jan.supabase.postgrest.from
import io.github.jan.supabase.postgrest.query.Columns
import io.ktor.client.call.body
import io.ktor.http.Headers
import io.ktor.http.headersOf
import java.util.UUID
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable

@Serializable data class Session(val id: String, val title: String)

@Serializable data class LiveKit(val url: String, val token: String)

@Serializable data class Joined(val livekit: LiveKit)

@Serializable data class Gift(@SerialName("gift_id") val giftId: String, val quantity: Int = 1)

class Sahne(url: String, key: String) {
    private val client = createSupabaseClient(url, key) {
        install(Auth)
        install(Postgrest)
        install(Functions)
    }

    suspend fun signIn(address: String, secret: String) =
        client.auth.signInWith(Email) { email = address; password = secret }

    suspend fun liveSessions(): List<Session> =
        client.from("live_sessions").select(Columns.list("id", "title")) { filter { eq("status", "live") } }.decodeList()

    /** `livekit.url` and `livekit.token` are for LiveKit's room. */
    suspend fun join(session: Session): Joined = client.functions.invoke("live/sessions/${session.id}/join").body()

    /** One `intent` is one gift, however often it is tried. */
    suspend fun sendGift(session: Session, gift: Gift, intent: UUID) {
        val once: Headers = headersOf("Idempotency-Key", intent.toString())
        client.functions.invoke("live/sessions/${session.id}/gifts", gift, headers = once)
    }
}
