// A live session's row, kept fresh: undefined while it is asked for, null when there is none to be seen.
import { useEffect, useState } from "preact/hooks";
import { sahne } from "../server/client";
import { feed } from "./feed";
import { listed } from "./listed";
import { withNews } from "./news";
import type { Person } from "./people";

export interface LiveSession {
  id: string;
  title: string | null;
  description: string | null;
  thumbnail_url: string | null;
  status: "scheduled" | "live" | "ended" | "cancelled";
  session_type: "video_live" | "audio_room";
  creator_id: string;
  access_type: "public" | "subscribers_only" | "pay_per_view";
  ppv_coin_price: number | null;
  /** The least tier that a session for subscribers asks for; null is any. */
  min_tier_id: string | null;
  scheduled_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  interrupted_at: string | null;
  total_duration_seconds: number | null;
  viewer_count: number | null;
  total_viewers: number | null;
  peak_viewers: number | null;
  total_gifts_received: number | null;
  total_messages: number | null;
  chat_enabled: boolean;
  slow_mode_seconds: number;
  chat_audience: "everybody" | "followers" | "subscribers";
  chat_links_enabled: boolean;
  gifts_enabled: boolean;
  series_id: string | null;
  category: string | null;
  tags: string[];
  language: string | null;
  creator: Person | null;
}

const COLUMNS =
  "id,title,description,thumbnail_url,status,session_type,access_type,creator_id,ppv_coin_price,min_tier_id,scheduled_at,started_at," +
  "ended_at,interrupted_at,total_duration_seconds,viewer_count,total_viewers,peak_viewers,total_gifts_received," +
  "total_messages,chat_enabled,gifts_enabled,slow_mode_seconds,chat_audience,chat_links_enabled," +
  "series_id,category,tags,language," +
  "creator:public_profiles!creator_profile_id(id,username,display_name,avatar_url)";

/** The row, how to ask for it anew, and why that failed. */
export function useLiveSession(id: string) {
  const [live, setLive] = useState<LiveSession | null | undefined>(undefined);
  const [unread, setUnread] = useState<unknown>(null);

  async function load(): Promise<void> {
    const { data, error } = await sahne.from("live_sessions").select(COLUMNS).eq("id", id).maybeSingle<LiveSession>();
    setUnread(error);
    if (error) return;
    tellLists(data ?? { id, status: "ended" });
    setLive(data);
  }

  useEffect(() => {
    void load();
    const table = { schema: "public", table: "live_sessions" };
    const channel = sahne
      .channel(`session:${id}`)
      .on("postgres_changes", { ...table, event: "UPDATE", filter: `id=eq.${id}` }, (change) => {
        const news = change.new as Pick<LiveSession, "id" | "status"> & Partial<LiveSession>;
        tellLists(news);
        setLive((before) => before && { ...before, ...news });
      })
      .on("postgres_changes", { ...table, event: "DELETE" }, (change) => {
        if ((change.old as LiveSession).id === id) void load(); // out of our sight: over, for who was not inside
      })
      .subscribe();
    return () => void sahne.removeChannel(channel);
  }, [id]);

  return { live, load, unread };
}

function tellLists(news: Pick<LiveSession, "id" | "status">): void {
  if (listed.value) listed.value = withNews(listed.value, news);
  if (feed.value) feed.value = { ...feed.value, rows: withNews(feed.value.rows, news) };
}
