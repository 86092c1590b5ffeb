// A LiveKit room as the page sees it: pictures and sounds to be shown, who may speak and who does, one's own camera and
// microphone, and how well all of it comes through.
import { signal } from "@preact/signals";
import type { LocalTrackPublication, Participant, RemoteTrackPublication, Room, Track } from "livekit-client";
import type { Room as Admission } from "../operations";
import type { Playable } from "../parts/moving-picture";
import { Refused } from "../server/client";

/** Somebody who may speak; `id` is a profile's. */
export interface Voice {
  id: string;
  speaking: boolean;
  microphone: boolean;
}

/** A picture or a sound that comes from somebody; `key` is another for each track. */
export interface Broadcast {
  key: string;
  id: string;
  track: Playable;
  own: boolean;
  /** A screen that is shared rather than a face: nobody is mirrored, nothing is cut. */
  screen: boolean;
}

/** The best there is, as large as it is shown; or never more than that. */
export type Quality = "best" | "middle" | "low";

interface Told {
  /** We are out, by this refusal's code; not when we left ourselves. */
  gone: (code: string) => void;
  lost: () => void;
  found: () => void;
}

const UNHEARD_MS_MAX = 1500;
const AS_LIVEKIT_CALLS_IT = { low: 0, middle: 1, best: 2 } as const satisfies Record<Quality, number>;

export class LiveRoom {
  readonly pictures = signal<Broadcast[]>([]);
  readonly sounds = signal<Broadcast[]>([]);
  readonly voices = signal<Voice[]>([]);
  /** Who came last, since we are here: a profile's id. */
  readonly arrived = signal<string | null>(null);
  /** Browsers play no sound before the first tap: after a reload that tap has to be asked for. */
  readonly soundBlocked = signal(false);
  /** How loud the others are: 0 to 1. */
  readonly volume = signal(1);
  /** One's own; null for who only watches. */
  readonly microphone = signal<boolean | null>(null);
  readonly camera = signal<boolean | null>(null);
  /** What we send hardly gets through. */
  readonly weak = signal(false);
  readonly quality = signal<Quality>("best");

  private constructor(private readonly room: Room) {}

  static async enter({ url, token }: Admission, told: Told): Promise<LiveRoom> {
    const { ConnectionQuality, DisconnectReason: Why, Room, RoomEvent: On } = await import("livekit-client");
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
      On.TrackSubscribed,
      On.TrackUnsubscribed,
      On.TrackMuted,
      On.TrackUnmuted,
      On.LocalTrackPublished,
      On.LocalTrackUnpublished,
    ];
    for (const change of changes) room.on(change, look);
    room.on(On.ParticipantConnected, ({ identity }) => (ours.arrived.value = identity));
    room.on(On.TrackSubscribed, () => ours.ask(ours.quality.value));
    room.on(On.AudioPlaybackStatusChanged, () => (ours.soundBlocked.value = !room.canPlaybackAudio));
    room.on(On.ConnectionQualityChanged, (quality, who) => {
      if (who.isLocal) ours.weak.value = quality === ConnectionQuality.Poor || quality === ConnectionQuality.Lost;
    });
    // A word from the server may stay out for a blink while the pictures go on; longer than that they do not either.
    let unheard: ReturnType<typeof setTimeout> | undefined;
    room.on(On.SignalReconnecting, () => (unheard ??= setTimeout(told.lost, UNHEARD_MS_MAX)));
    const heardAgain = () => {
      clearTimeout(unheard);
      unheard = undefined;
    };
    room.on(On.Reconnecting, told.lost);
    room.on(On.Reconnected, () => {
      heardAgain();
      told.found();
    });
    room.on(On.Disconnected, (reason) => {
      heardAgain();
      ours.clear();
      if (expected.has(reason)) return; // we left, or it ended: the session's row says so
      if (reason === Why.DUPLICATE_IDENTITY) return told.gone("elsewhere");
      told.gone(reason === Why.PARTICIPANT_REMOVED ? "put_out" : "room_unreachable");
    });
    await room.connect(url, token).catch((error: Error) => {
      throw new Refused("room_unreachable", error.message, null);
    });
    look();
    return ours;
  }

  /** One's own camera and microphone: the ones that are open already, else the browser's first. */
  async publish(camera: boolean, open?: MediaStream | null): Promise<void> {
    const { LocalAudioTrack, LocalVideoTrack } = await import("livekit-client");
    const me = this.room.localParticipant;
    const [picture] = open?.getVideoTracks() ?? [];
    const [sound] = open?.getAudioTracks() ?? [];
    // From here on they are LiveKit's: a camera that is switched off is closed, its light too.
    if (sound) {
      const isOn = sound.enabled;
      const track = new LocalAudioTrack(sound, sound.getConstraints(), false);
      await me.publishTrack(track, { source: "microphone" as Track.Source });
      if (!isOn) await me.setMicrophoneEnabled(false);
    } else await me.setMicrophoneEnabled(true);
    if (picture) {
      const track = new LocalVideoTrack(picture, picture.getConstraints(), false);
      await me.publishTrack(track, { source: "camera" as Track.Source });
    } else if (camera) await me.setCameraEnabled(true);
    this.look();
  }

  /** Down from the stage, as far as it is in our hands: nothing of us is sent any more. */
  async retire(): Promise<void> {
    const me = this.room.localParticipant;
    const tracks = [...me.trackPublications.values()].map((published) => published.track).filter((track) => !!track);
    await me.unpublishTracks(tracks);
    this.look();
  }

  async turnMicrophone(on: boolean): Promise<void> {
    await this.room.localParticipant.setMicrophoneEnabled(on);
    this.look();
  }

  async turnCamera(on: boolean): Promise<void> {
    await this.room.localParticipant.setCameraEnabled(on);
    this.look();
  }

  /** The next camera of the device. */
  async flip(): Promise<void> {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const cameras = devices.filter((device) => device.kind === "videoinput").map((device) => device.deviceId);
    const current = this.room.localParticipant.getTrackPublication("camera" as Track.Source);
    const id = current?.track?.mediaStreamTrack.getSettings().deviceId ?? "";
    const following = cameras[(cameras.indexOf(id) + 1) % cameras.length];
    if (following && following !== id) await this.room.switchActiveDevice("videoinput", following);
  }

  turnSoundOn(): void {
    void this.room.startAudio();
  }

  /** What everybody's picture may cost us, from now on. */
  ask(quality: Quality): void {
    this.quality.value = quality;
    for (const { track } of publications(this.room.remoteParticipants.values()))
      if (track.kind === "video" && track.isSubscribed)
        (track as RemoteTrackPublication).setVideoQuality(AS_LIVEKIT_CALLS_IT[quality]);
  }

  leave(): void {
    this.clear();
    void this.room.disconnect();
  }

  private clear(): void {
    this.pictures.value = [];
    this.sounds.value = [];
  }

  private look(): void {
    const me = this.room.localParticipant;
    const others = [...this.room.remoteParticipants.values()];
    this.microphone.value = me.permissions?.canPublish ? me.isMicrophoneEnabled : null;
    this.camera.value = me.permissions?.canPublish ? me.isCameraEnabled : null;
    this.voices.value = [me, ...others]
      .filter((person) => person.permissions?.canPublish)
      .map(({ identity, isSpeaking, isMicrophoneEnabled: microphone }) => ({
        id: identity,
        speaking: isSpeaking && microphone, // the last sound rings on for a moment after the microphone is off
        microphone,
      }));
    this.pictures.value = kept(this.pictures.value, broadcasts([me, ...others], "video"));
    this.sounds.value = kept(this.sounds.value, broadcasts(others, "audio"));
  }
}

function* publications(people: Iterable<Participant>) {
  for (const person of people)
    for (const track of person.trackPublications.values() as Iterable<LocalTrackPublication | RemoteTrackPublication>)
      yield { person, track };
}

function broadcasts(people: Participant[], kind: "video" | "audio"): Broadcast[] {
  const found: Broadcast[] = [];
  for (const { person, track } of publications(people)) {
    if (track.kind !== kind || !track.track || (kind === "video" && track.isMuted)) continue;
    found.push({
      key: `${track.trackSid}/${track.track.mediaStreamTrack.id}`,
      id: person.identity,
      track: track.track,
      own: person.isLocal,
      screen: track.source === "screen_share",
    });
  }
  return found;
}

/** The old list where nothing changed: what is on the screen is not drawn anew with every word that is spoken. */
function kept(before: Broadcast[], after: Broadcast[]): Broadcast[] {
  const same = before.length === after.length && before.every((each, index) => each.key === after[index]!.key);
  return same ? before : after;
}
