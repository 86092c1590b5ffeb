// UNCHECKED: no test compiles or runs this file. With supabase_flutter.
import 'package:supabase_flutter/supabase_flutter.dart';

class Sahne {
  Sahne(this.client);

  final SupabaseClient client;

  static Future<Sahne> open(String url, String key) async {
    await Supabase.initialize(url: url, anonKey: key);
    return Sahne(Supabase.instance.client);
  }

  Future<void> signIn(String email, String password) =>
      client.auth.signInWithPassword(email: email, password: password);

  Future<List<Map<String, dynamic>>> liveSessions() =>
      client.from('live_sessions').select('id, title').eq('status', 'live');

  /// `livekit.url` and `livekit.token` are for LiveKit's room.
  Future<Map<String, dynamic>> join(String session) async {
    final answer = await client.functions.invoke('live/sessions/$session/join');
    return answer.data['livekit'] as Map<String, dynamic>;
  }

  /// One [intent] is one gift, however often it is tried.
  Future<void> sendGift(String session, String gift, String intent) => client.functions.invoke(
        'live/sessions/$session/gifts',
        body: {'gift_id': gift, 'quantity': 1},
        headers: {'Idempotency-Key': intent},
      );
}
