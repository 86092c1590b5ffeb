// All that the two arrangements of a room are made of: what is said, given, asked for, and which sheet lies over it.
import { useEffect, useState } from "preact/hooks";
import type { Attendance } from "../../room/attendance";
import { useGoals } from "../../room/goals";
import { useHearts } from "../../room/hearts";
import { useTalk } from "../../room/talk";
import type { Row } from "../../stores/chat";
import { moderatorsOf } from "../../stores/crowd";
import { giftOf, gifts, kindOf, readGifts } from "../../stores/gifts";
import type { LiveSession } from "../../stores/live-session";
import { useRequests } from "../../stores/requests";
import { refreshBalance } from "../../stores/wallet";
import { useGiving } from "./gifts/giving";
import { useGiftShow } from "./gifts/show";
import { ring } from "./gifts/sounds";
import { useSupporters } from "./gifts/supporters";
import { useGuest } from "./guests/guest";
import { rankOf } from "./order/rights";

export interface Attended {
  live: LiveSession;
  mine: boolean;
  attendance: Attendance;
}

type Sheet = "gifts" | "goals" | "here" | "more" | "guests" | "order" | "ask";

/** Somebody whose name was tapped, and on which line. */
interface Named {
  profileId: string;
  lineId: string | null;
}

export function useRoom({ live, mine, attendance }: Attended) {
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [named, setNamed] = useState<Named | null>(null);
  const [moderators, setModerators] = useState<ReadonlySet<string>>(new Set());
  const gifting = useGiftShow();
  const supporters = useSupporters(live.id);
  const talk = useTalk(live.id, attendance.room?.arrived.value ?? null, gift);
  const goals = useGoals(live.id);
  const hearts = useHearts(live.id);
  const giving = useGiving(live.id);
  const guest = useGuest(live, attendance.room);
  const rank = mine ? "host" : rankOf(guest.seat);
  const keepsOrder = rank === "host" || rank === "moderator";
  const requests = useRequests(live.id, keepsOrder);

  useEffect(() => {
    if (!gifts.value) readGifts().catch(attendance.fail);
  }, [live.id]);
  useEffect(() => void moderatorsOf(live.id).then(setModerators, attendance.fail), [live.id, named === null]);

  function onName(profileId: string, lineId: string | null = null) {
    setSheet(null);
    setNamed({ profileId, lineId });
  }

  function gift(row: Row) {
    gifting.come(row);
    supporters.add(row);
    const what = giftOf(row.gift_id);
    if (what) ring(kindOf(what));
    if (mine) void refreshBalance(); // what came in is theirs to spend
  }

  return {
    live,
    mine,
    attendance,
    room: attendance.room,
    told: { talk, hostId: live.creator_id, moderators, onName },
    guest,
    requests,
    named,
    onName,
    unname: () => setNamed(null),
    keepsOrder,
    onOrder: keepsOrder ? () => setSheet("order") : undefined,
    onGuests: keepsOrder && !mine ? () => setSheet("guests") : undefined, // a host has a button of their own
    goals,
    onGoals: mine ? () => setSheet("goals") : undefined,
    onAsk: () => setSheet("ask"),
    open: attendance.admitted && live.chat_enabled,
    givable: !mine && live.gifts_enabled,
    giving,
    gifting,
    best: supporters.best,
    hearts,
    sheet,
    setSheet,
    close: () => setSheet(null),
  };
}

export type Room = ReturnType<typeof useRoom>;
