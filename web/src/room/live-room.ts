// A LiveKit room as the page sees it: pictures on a screen, who may speak and who does, the sound, one's own microphone.
import { signal } from "@preact/signals";
import type { Room, Track } from "livekit-client";
import type { Room as Admission } from "../operations";
import { Refused } from "../server/client";
import { login } from "../stores/login";

/** Somebody who may speak; `id` is a profile's. */
export interface Voice {
  id: string;
  speaking: boolean;
  microphone: boolean;
}

export class LiveRoom {
  readonly voices = signal<Voice[]>([]);
  /** Browsers play no sound before the first tap: after a reload that tap has to be asked for. */
  readonly soundBlocked = signal(false);
  /** One's own; null for who only watches. */
  readonly microphone = signal<boolean | null>(null);

  private constructor(private readonly room: Room) {}

  /** Join and show what comes; `onGone` is told why we are out (a refusal's code), unless we left ourselves. */
  static async enter(
    { url, token }: Admission,
    screen: HTMLElement,
    onGone: (code: string) => void,
  ): Promise<LiveRoom> {
    const {
      DisconnectReason: Why,
      Room,
      RoomEvent: On,
      Track: { Source },
    } = await import("livekit-client");
    const room = new Room({ adaptiveStream: true, dynacast: true });
    const ours = new LiveRoom(room);
    const expected = new Set<unknown>([Why.CLIENT_INITIATED, Why.ROOM_DELETED, Why.ROOM_CLOSED]);
    const look = () => ours.look();
    const changes = [
      On.ParticipantConnected,
      On.ParticipantDisconnected,
      On.ParticipantPermissionsChanged,
      On.ActiveSpeakersChanged,
      On.TrackPublished,
      On.TrackUnpublished,
      On.TrackMuted,
      On.TrackUnmuted,
      On.LocalTrackPublished,
    ];
    for (const change of changes) room.on(change, look);
    room.on(On.AudioPlaybackStatusChanged, () => (ours.soundBlocked.value = !room.canPlaybackAudio));
    // Remembered, because a track whose sender vanished has let go of its element before we hear of it.
    const shown = new Map<Track, HTMLMediaElement>();
    const show = (track: Track) => {
      const element = track.attach();
      shown.set(track, element);
      screen.append(element);
    };
    room.on(On.TrackSubscribed, show);
    room.on(On.TrackUnsubscribed, (track) => shown.get(track)?.remove());
    room.on(On.LocalTrackPublished, ({ track }) => void (track?.source === Source.Camera && show(track)));
    room.on(On.Disconnected, (reason) => {
      screen.replaceChildren();
      if (expected.has(reason)) return; // we left, or it ended: the session's row says so
      if (reason === Why.DUPLICATE_IDENTITY) return onGone("elsewhere");
      onGone(reason === Why.PARTICIPANT_REMOVED ? "put_out" : "room_unreachable");
    });
    await room.connect(url, token).catch((error: Error) => {
      throw new Refused("room_unreachable", error.message, null);
    });
    look();
    return ours;
  }

  /** One's own camera and microphone: the ones that are open already, else the browser's first. */
  async publish(camera: boolean, open?: MediaStream | null): Promise<void> {
    const me = this.room.localParticipant;
    const [picture] = open?.getVideoTracks() ?? [];
    const [sound] = open?.getAudioTracks() ?? [];
    if (sound) await me.publishTrack(sound, { source: "microphone" as Track.Source });
    if (sound && !sound.enabled) await me.setMicrophoneEnabled(false);
    if (!sound) await me.setMicrophoneEnabled(true);
    if (picture) await me.publishTrack(picture, { source: "camera" as Track.Source });
    else if (camera) await me.setCameraEnabled(true);
    this.look();
  }

  async turnMicrophone(on: boolean): Promise<void> {
    await this.room.localParticipant.setMicrophoneEnabled(on);
    this.look();
  }

  turnSoundOn(): void {
    void this.room.startAudio();
  }

  leave(): void {
    void this.room.disconnect();
  }

  private look(): void {
    const me = this.room.localParticipant;
    this.microphone.value = me.permissions?.canPublish ? me.isMicrophoneEnabled : null;
    this.voices.value = [me, ...this.room.remoteParticipants.values()]
      .filter((person) => person.permissions?.canPublish)
      .map(({ identity, isSpeaking, isMicrophoneEnabled: microphone }) => ({
        id: identity,
        speaking: isSpeaking && microphone, // the last sound rings on for a moment after the microphone is off
        microphone,
      }));
  }
}

// The seat this window has, so that a reload goes back to it; somebody else who signs in here does not inherit it.
const SEAT = "seat";
const seat = (sessionId: string) => `${login.value?.user.id}/${sessionId}`;

export const takeSeat = (sessionId: string) => sessionStorage.setItem(SEAT, seat(sessionId));
export const giveUpSeat = () => sessionStorage.removeItem(SEAT);
export const hasSeat = (sessionId: string) => sessionStorage.getItem(SEAT) === seat(sessionId);
