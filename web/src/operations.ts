// What Sahne's operations are asked with and answer. Printed by `sahne types`: not to be written by hand.
// An id is a UUID in small letters, a moment is RFC 3339.
export type Id = string;
export type Moment = string;

/** Whom, why, until when (for ever when left out). */
export interface Ban {
  profile_id: Id;
  reason?: string | null;
  expires_at?: Moment | null;
}

/** A call. */
export interface CallAnswer {
  call: CallOfTwo;
}

/** Calls between two people: who, what it costs a minute, how far it got. */
export interface CallOfTwo {
  id: Id;
  caller_id: Id | null;
  callee_id: Id | null;
  call_type: "audio_call" | "video_call";
  livekit_room_name: string;
  livekit_room_sid: string | null;
  status: "initiated" | "ringing" | "accepted" | "rejected" | "missed" | "busy" | "ended" | "failed";
  initiated_at: Moment | null;
  answered_at: Moment | null;
  ended_at: Moment | null;
  duration_seconds: number | null;
  ended_by: Id | null;
  end_reason: string | null;
  is_paid: boolean | null;
  coin_per_minute: number | null;
  total_coin_spent: number | null;
  created_at: Moment | null;
  updated_at: Moment | null;
}

/** A call, and the way into its room. */
export interface CallOpened {
  call: CallOfTwo;
  livekit: Room;
}

/** The chat's switch. */
export interface Chat {
  chat_enabled: boolean;
}

/** Who is kept out of all of a creator's sessions, by profile. */
export interface CreatorBan {
  id: Id;
  profile_id: Id;
  reason: string | null;
  expires_at: Moment | null;
  created_at: Moment;
}

/** Who may not come to any session of one's own. */
export interface CreatorBanAnswer {
  ban: CreatorBan;
}

/** Everybody who may not, newest first. */
export interface CreatorBans {
  bans: CreatorBan[];
}

/** Net coins, and by `gift`, `ticket_payout`, `subscription`, `call`. */
export interface Earnings {
  total: number;
  by_kind: Record<string, EarningsOfKind>;
}

/** Net coins, and in how many transactions. */
export interface EarningsOfKind {
  coins: number;
  transactions: number;
}

/** A request for pictures: how far it is, the pictures it has so far, and why it ended without them. */
export interface Generation {
  id: Id;
  status: "queued" | "submitting" | "running" | "storing" | "done" | "failed" | "moderated" | "canceled" | "expired";
  progress: number;
  error_code?: string;
  images: Picture[];
}

/** A generation, and by picture the paths to its files. */
export interface GenerationAnswer {
  generation: Generation;
  urls: Record<string, PictureUrls>;
}

/** What somebody wants made. */
export interface GenerationWish {
  scene_id: Id;
  photo_path?: string | null;
  seed?: number | null;
  image_size?: "512x512" | "768x768" | "1024x1024" | "768x1024" | "1024x768" | "576x1024" | "1024x576" | null;
  count?: number;
}

/** Which gift, how often, to whom (a profile on stage; the host when left out), at which price of one as shown. */
export interface Gift {
  gift_id: Id;
  quantity?: number;
  receiver_id?: Id | null;
  expected_price?: number | null;
}

/** The gift as it was sent, and what is left. */
export interface GiftSent {
  live_gift: LiveGift;
  wallet: Wallet;
}

/** Viewers who ask to come on stage. A request lives 60 seconds. */
export interface GuestRequest {
  id: Id;
  session_id: Id;
  requester_profile_id: Id;
  status: "pending" | "approved" | "rejected" | "expired" | "cancelled";
  message: string | null;
  responded_at: Moment | null;
  expires_at: Moment | null;
  created_at: Moment | null;
}

/** Somebody's wish to come on stage. */
export interface GuestRequestAnswer {
  guest_request: GuestRequest;
}

/** With a word to the host. */
export interface GuestWish {
  message?: string | null;
}

/** Whom to what place. */
export interface Invitation {
  profile_id: Id;
  role: "co_host" | "invited_guest" | "moderator" | "speaker";
}

/** Under which profile; the real one when left out. */
export interface Join {
  profile_id?: Id | null;
}

/** Gifts that were sent. The rows outlive the people and the session. */
export interface LiveGift {
  id: Id;
  session_id: Id | null;
  receiver_id: Id | null;
  gift_id: Id;
  quantity: number;
  coin_amount: number;
  transaction_id: Id | null;
  created_at: Moment | null;
  sender_profile_id: Id | null;
}

/** The chat of a session: text, gift lines, system lines. */
export interface Message {
  id: Id;
  session_id: Id;
  sender_profile_id: Id;
  message_type: "text" | "gift" | "system" | "pinned";
  content: string | null;
  gift_id: Id | null;
  gift_quantity: number | null;
  gift_coin_value: number | null;
  is_deleted: boolean | null;
  is_pinned: boolean | null;
  created_at: Moment | null;
  seq: number;
  deleted_at: Moment | null;
}

/** A chat line. */
export interface MessageAnswer {
  message: Message;
}

/** Above the others, or no longer. */
export interface MessageEdit {
  is_pinned: boolean;
}

/** Whom, and with a picture or not. */
export interface NewCall {
  callee_id: Id;
  call_type: "audio_call" | "video_call";
}

/** A session to be: `session_type` is needed and stays. */
export interface NewSession {
  title?: string | null;
  description?: string | null;
  thumbnail_url?: string | null;
  access_type?: "public" | "subscribers_only" | "pay_per_view";
  ppv_coin_price?: number;
  scheduled_at?: Moment | null;
  chat_enabled?: boolean;
  gifts_enabled?: boolean;
  recording_enabled?: boolean;
  session_type: "video_live" | "audio_room";
}

/** Who is or was in a session and as what; one row per user and session. */
export interface Participant {
  id: Id;
  session_id: Id;
  profile_id: Id;
  role: "host" | "co_host" | "invited_guest" | "moderator" | "speaker" | "viewer" | "listener";
  is_active: boolean | null;
  is_muted: boolean | null;
  is_video_enabled: boolean | null;
  invited_at: Moment | null;
  invitation_expires_at: Moment | null;
  invitation_response: "pending" | "accepted" | "rejected" | "expired" | null;
  livekit_identity: string | null;
  joined_at: Moment | null;
  left_at: Moment | null;
  created_at: Moment | null;
  updated_at: Moment | null;
  invited_role: "co_host" | "invited_guest" | "moderator" | "speaker" | null;
}

/** Somebody's place in a session. */
export interface ParticipantAnswer {
  participant: Participant;
}

/** Finished pictures, each with its object in the bucket images. */
export interface Picture {
  id: Id;
  user_id: Id;
  scene_id: Id | null;
  image_url: string;
  thumbnail_url: string | null;
  original_photo_url: string | null;
  is_favorite: boolean;
  generation_time: number | null;
  model: string | null;
  image_size: string | null;
  seed: number | null;
  metadata: Record<string, unknown> | null;
  created_at: Moment;
  generation_id: Id | null;
}

/** Signed paths, open to whoever has them for one hour. */
export interface PictureUrls {
  image: string | null;
  thumbnail: string | null;
}

/** Today's pictures; 999999 stands for no limit. */
export interface Quota {
  used: number;
  limit: number;
  remaining: number;
  resets_at: Moment;
  is_premium: boolean;
}

/** The same picture again, or another take of it. */
export interface Regeneration {
  seed?: "same" | "new";
}

/** A role that needs no consent. */
export interface Role {
  role: "moderator" | "viewer" | "listener" | "speaker";
}

/** For livekit-client's `room.connect(url, token)`; the token opens the room for two minutes. */
export interface Room {
  url: string;
  token: string;
}

/** Live broadcasts and audio rooms. */
export interface Session {
  id: Id;
  creator_id: Id;
  creator_profile_id: Id;
  title: string | null;
  description: string | null;
  thumbnail_url: string | null;
  session_type: "video_live" | "audio_room";
  access_type: "public" | "subscribers_only" | "pay_per_view";
  ppv_coin_price: number | null;
  livekit_room_name: string;
  livekit_room_sid: string | null;
  status: "scheduled" | "live" | "ended" | "cancelled";
  scheduled_at: Moment | null;
  started_at: Moment | null;
  ended_at: Moment | null;
  peak_viewers: number | null;
  total_viewers: number | null;
  total_duration_seconds: number | null;
  total_gifts_received: number | null;
  total_messages: number | null;
  chat_enabled: boolean | null;
  gifts_enabled: boolean | null;
  recording_enabled: boolean | null;
  created_at: Moment | null;
  updated_at: Moment | null;
  interrupted_at: Moment | null;
  viewer_count: number;
}

/** A session. */
export interface SessionAnswer {
  session: Session;
}

/** People put out of a session. */
export interface SessionBan {
  id: Id;
  session_id: Id;
  reason: string | null;
  expires_at: Moment | null;
  created_at: Moment | null;
  banned_profile_id: Id | null;
}

/** Who may not come to a session. */
export interface SessionBanAnswer {
  ban: SessionBan;
}

/** What a host may change; a field left out stays as it is. */
export interface SessionEdit {
  title?: string | null;
  description?: string | null;
  thumbnail_url?: string | null;
  access_type?: "public" | "subscribers_only" | "pay_per_view";
  ppv_coin_price?: number;
  scheduled_at?: Moment | null;
  chat_enabled?: boolean;
  gifts_enabled?: boolean;
  recording_enabled?: boolean;
}

/** One's place in a session, and the way into its room. */
export interface SessionJoined {
  participant: Participant;
  livekit: Room;
}

/** A session that is live, and the host's way into its room. */
export interface SessionStarted {
  session: Session;
  livekit: Room;
}

/** A page of the statement, newest first. */
export interface Statement {
  transactions: StatementLine[];
}

/** What one transaction did to the wallet: `amount` coins came, or went where it is negative. */
export interface StatementLine {
  entry_id: number;
  id: Id;
  kind:
    | "grant"
    | "purchase"
    | "gift"
    | "ticket"
    | "ticket_refund"
    | "ticket_payout"
    | "subscription"
    | "call"
    | "adjustment";
  amount: number;
  reference_type: string | null;
  reference_id: Id | null;
  created_at: Moment;
}

/** Paid entry to a session; the money waits in escrow. */
export interface Ticket {
  id: Id;
  session_id: Id | null;
  price: number;
  status: "paid" | "refunded" | "settled";
  created_at: Moment;
}

/** The ticket, and what is left. */
export interface TicketBought {
  ticket: Ticket;
  wallet: Wallet;
}

/** The price the buyer was shown; any price when left out. */
export interface TicketOrder {
  expected_price?: number | null;
}

/** Coins that can be spent now. */
export interface Wallet {
  balance: number;
}

/** Why a request was refused: `code` is what programs match on. */
export interface Refused {
  code: string;
  message: string;
  details: Record<string, unknown> | string | null;
  hint: string | null;
}

/** Why any operation may be refused. */
export type CommonCode =
  | "connections_busy"
  | "database_unreachable"
  | "expired_token"
  | "internal"
  | "invalid_request"
  | "invalid_token"
  | "too_many_requests"
  | "unauthenticated"
  | "unavailable";

/** Every operation by its name; `code` is why it may be refused. */
export interface Operations {
  /** Plan a session. */
  create_session: {
    method: "POST";
    path: "live/sessions";
    body: NewSession;
    answer: SessionAnswer;
    code:
      | CommonCode
      | "anonymous_not_allowed"
      | "creator_required"
      | "user_banned"
      | "user_not_found"
      | "too_many_planned"
      | "payload_too_large"
      | "recording_unavailable"
      | "unprocessable"
      | "too_fast";
  };
  /** Change what is given. Price and access are fixed once a ticket is sold. */
  edit_session: {
    method: "PATCH";
    path: `live/sessions/${Id}`;
    body: SessionEdit;
    answer: SessionAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "session_over"
      | "tickets_sold"
      | "payload_too_large"
      | "recording_unavailable"
      | "unprocessable";
  };
  /** Chat on or off. */
  edit_chat: {
    method: "PATCH";
    path: `live/sessions/${Id}/chat`;
    body: Chat;
    answer: SessionAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Go live, and into the room. Again: a fresh token. */
  start_session: {
    method: "POST";
    path: `live/sessions/${Id}/start`;
    body: undefined;
    answer: SessionStarted;
    code:
      | CommonCode
      | "anonymous_not_allowed"
      | "creator_required"
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "already_live"
      | "session_over"
      | "payload_too_large"
      | "unprocessable"
      | "livekit_unavailable";
  };
  /** End it; everybody is disconnected. */
  end_session: {
    method: "POST";
    path: `live/sessions/${Id}/end`;
    body: undefined;
    answer: SessionAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "session_not_live"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Call it off before it starts; tickets are refunded. */
  cancel_session: {
    method: "POST";
    path: `live/sessions/${Id}/cancel`;
    body: undefined;
    answer: SessionAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "session_not_scheduled"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Come in, an anonymous sign-in to public sessions alone; the token opens the room for two minutes. */
  join_session: {
    method: "POST";
    path: `live/sessions/${Id}/join`;
    body: Join | undefined;
    answer: SessionJoined;
    code:
      | CommonCode
      | "ticket_required"
      | "anonymous_not_allowed"
      | "banned"
      | "forbidden"
      | "subscription_required"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "profile_fixed"
      | "session_not_live"
      | "payload_too_large"
      | "unprocessable"
      | "livekit_unavailable";
  };
  /** Go. */
  leave_session: {
    method: "POST";
    path: `live/sessions/${Id}/leave`;
    body: undefined;
    answer: ParticipantAnswer;
    code: CommonCode | "user_banned" | "user_not_found" | "not_found" | "payload_too_large" | "unprocessable";
  };
  /** Pay for a pay-per-view session once, at the price expected; whoever holds a ticket gets it again. */
  buy_ticket: {
    method: "POST";
    path: `live/sessions/${Id}/ticket`;
    body: TicketOrder | undefined;
    answer: TicketBought;
    code:
      | CommonCode
      | "idempotency_key_required"
      | "idempotency_key_unreadable"
      | "insufficient_coins"
      | "anonymous_not_allowed"
      | "banned"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "creator_unavailable"
      | "price_changed"
      | "session_over"
      | "ticket_not_needed"
      | "payload_too_large"
      | "idempotency_key_reused"
      | "unprocessable";
  };
  /** Send a gift, at the price expected, once per Idempotency-Key. */
  send_gift: {
    method: "POST";
    path: `live/sessions/${Id}/gifts`;
    body: Gift;
    answer: GiftSent;
    code:
      | CommonCode
      | "idempotency_key_required"
      | "idempotency_key_unreadable"
      | "insufficient_coins"
      | "anonymous_not_allowed"
      | "banned"
      | "not_in_session"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "conflict"
      | "gifts_disabled"
      | "price_changed"
      | "session_not_live"
      | "payload_too_large"
      | "balance_too_large"
      | "idempotency_key_reused"
      | "invalid_receiver"
      | "unprocessable";
  };
  /** Offer a place on stage; the participant's id is the invitation's. */
  invite_profile: {
    method: "POST";
    path: `live/sessions/${Id}/invitations`;
    body: Invitation;
    answer: ParticipantAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "banned"
      | "cannot_invite"
      | "not_in_session"
      | "session_not_live"
      | "payload_too_large"
      | "unprocessable"
      | "too_fast";
  };
  /** Take or decline the offer. */
  answer_invitation: {
    method: "POST";
    path: `live/invitations/${Id}/${"accept" | "reject"}`;
    body: undefined;
    answer: ParticipantAnswer;
    code:
      | CommonCode
      | "banned"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "already_answered"
      | "stage_full"
      | "invitation_expired"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Ask to come on stage; pending for 60 s. */
  request_to_join: {
    method: "POST";
    path: `live/sessions/${Id}/guest-requests`;
    body: GuestWish | undefined;
    answer: GuestRequestAnswer;
    code:
      | CommonCode
      | "ticket_required"
      | "anonymous_not_allowed"
      | "banned"
      | "not_in_session"
      | "subscription_required"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "already_asked"
      | "already_on_stage"
      | "session_not_live"
      | "payload_too_large"
      | "unprocessable"
      | "too_fast";
  };
  /** Approve or reject it; who asked may cancel it. */
  answer_request: {
    method: "POST";
    path: `live/guest-requests/${Id}/${"approve" | "reject" | "cancel"}`;
    body: undefined;
    answer: GuestRequestAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "already_answered"
      | "requester_gone"
      | "stage_full"
      | "request_expired"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Put somebody out, not to return. */
  ban_profile: {
    method: "POST";
    path: `live/sessions/${Id}/bans`;
    body: Ban;
    answer: SessionBanAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "not_in_session"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Let somebody return; the ban as it was. */
  lift_ban: {
    method: "DELETE";
    path: `live/sessions/${Id}/bans/${Id}`;
    body: undefined;
    answer: SessionBanAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Keep somebody out of all of one's sessions; only the creator sees it. */
  ban_from_all: {
    method: "POST";
    path: "live/bans";
    body: Ban;
    answer: CreatorBanAnswer;
    code:
      | CommonCode
      | "anonymous_not_allowed"
      | "creator_required"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Whom one keeps out of all of one's sessions, newest first. */
  own_bans: {
    method: "GET";
    path: "live/bans";
    body: undefined;
    answer: CreatorBans;
    code: CommonCode | "user_banned" | "user_not_found";
  };
  /** Let somebody come again; the ban as it was. */
  lift_ban_from_all: {
    method: "DELETE";
    path: `live/bans/${Id}`;
    body: undefined;
    answer: CreatorBanAnswer;
    code: CommonCode | "user_banned" | "user_not_found" | "not_found" | "payload_too_large" | "unprocessable";
  };
  /** Put somebody out for now. */
  kick_profile: {
    method: "POST";
    path: `live/sessions/${Id}/participants/${Id}/kick`;
    body: undefined;
    answer: ParticipantAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Silence somebody. */
  mute_profile: {
    method: "POST";
    path: `live/sessions/${Id}/participants/${Id}/mute`;
    body: undefined;
    answer: ParticipantAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Let somebody speak again. */
  unmute_profile: {
    method: "POST";
    path: `live/sessions/${Id}/participants/${Id}/unmute`;
    body: undefined;
    answer: ParticipantAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Give a role that needs no consent. */
  change_role: {
    method: "PATCH";
    path: `live/sessions/${Id}/participants/${Id}`;
    body: Role;
    answer: ParticipantAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "session_over"
      | "stage_full"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Pin or unpin a line. */
  pin_message: {
    method: "PATCH";
    path: `live/messages/${Id}`;
    body: MessageEdit;
    answer: MessageAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "message_deleted"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Take a line out of sight; its sender may do that too. */
  delete_message: {
    method: "DELETE";
    path: `live/messages/${Id}`;
    body: undefined;
    answer: MessageAnswer;
    code:
      | CommonCode
      | "forbidden"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Call somebody; its status is `busy` when they are in another call. */
  start_call: {
    method: "POST";
    path: "calls";
    body: NewCall;
    answer: CallAnswer;
    code:
      | CommonCode
      | "anonymous_not_allowed"
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "in_another_call"
      | "payload_too_large"
      | "unprocessable"
      | "too_fast";
  };
  /** It rings. */
  ring: {
    method: "POST";
    path: `calls/${Id}/ringing`;
    body: undefined;
    answer: CallAnswer;
    code:
      | CommonCode
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "call_state"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Answer it, and come in. */
  accept_call: {
    method: "POST";
    path: `calls/${Id}/accept`;
    body: undefined;
    answer: CallOpened;
    code:
      | CommonCode
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "call_state"
      | "payload_too_large"
      | "unprocessable"
      | "livekit_unavailable";
  };
  /** Say no. */
  reject_call: {
    method: "POST";
    path: `calls/${Id}/reject`;
    body: undefined;
    answer: CallAnswer;
    code:
      | CommonCode
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "call_state"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Come into an accepted call. */
  join_call: {
    method: "POST";
    path: `calls/${Id}/join`;
    body: undefined;
    answer: CallOpened;
    code:
      | CommonCode
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "call_state"
      | "payload_too_large"
      | "unprocessable"
      | "livekit_unavailable";
  };
  /** Hang up, whatever the state. */
  end_call: {
    method: "POST";
    path: `calls/${Id}/end`;
    body: undefined;
    answer: CallAnswer;
    code:
      | CommonCode
      | "user_banned"
      | "user_not_found"
      | "not_found"
      | "call_state"
      | "payload_too_large"
      | "unprocessable";
  };
  /** The balance in coins. */
  read_wallet: {
    method: "GET";
    path: "coins/wallet";
    body: undefined;
    answer: Wallet;
    code: CommonCode;
  };
  /** What happened to one's coins, newest first; go on with `before` = the last `entry_id`. */
  read_statement: {
    method: "GET";
    path: "coins/transactions" | `coins/transactions?${string}`;
    body: undefined;
    answer: Statement;
    code: CommonCode | "unprocessable";
  };
  /** Net coins that came in, since a moment or ever. */
  earnings: {
    method: "GET";
    path: "coins/earnings" | `coins/earnings?${string}`;
    body: undefined;
    answer: Earnings;
    code: CommonCode | "unprocessable";
  };
  /** Ask for `count` pictures of a scene. `photo_path` is a name you uploaded to the bucket `photos`. */
  request_generation: {
    method: "POST";
    path: "studio/generations";
    body: GenerationWish;
    answer: GenerationAnswer;
    code:
      | CommonCode
      | "idempotency_key_required"
      | "idempotency_key_unreadable"
      | "forbidden"
      | "premium_required"
      | "user_banned"
      | "user_not_found"
      | "scene_not_found"
      | "storage_full"
      | "payload_too_large"
      | "idempotency_key_reused"
      | "too_many_images"
      | "unprocessable"
      | "quota_exceeded"
      | "too_many_failures";
  };
  /** The generation with the pictures it has so far, and their signed URL paths, good for one hour. */
  read_generation: {
    method: "GET";
    path: `studio/generations/${Id}`;
    body: undefined;
    answer: GenerationAnswer;
    code: CommonCode | "generation_not_found" | "unprocessable";
  };
  /** Cancel it. Pictures that have arrived stay; the quota of the others comes back. */
  cancel_generation: {
    method: "DELETE";
    path: `studio/generations/${Id}`;
    body: undefined;
    answer: GenerationAnswer;
    code:
      | CommonCode
      | "user_banned"
      | "user_not_found"
      | "generation_not_found"
      | "generation_ended"
      | "payload_too_large"
      | "unprocessable";
  };
  /** Today's pictures: how many are made, and how many are left. */
  read_quota: {
    method: "GET";
    path: "studio/quota";
    body: undefined;
    answer: Quota;
    code: CommonCode;
  };
  /** Make one of your pictures again: `seed` "same" gives it once more, "new" (the default) another take. */
  regenerate: {
    method: "POST";
    path: `studio/images/${Id}/regenerate`;
    body: Regeneration | undefined;
    answer: GenerationAnswer;
    code:
      | CommonCode
      | "idempotency_key_required"
      | "idempotency_key_unreadable"
      | "forbidden"
      | "premium_required"
      | "user_banned"
      | "user_not_found"
      | "image_not_found"
      | "scene_not_found"
      | "storage_full"
      | "payload_too_large"
      | "idempotency_key_reused"
      | "too_many_images"
      | "unprocessable"
      | "quota_exceeded"
      | "too_many_failures";
  };
}
