// The room of a call: one's own picture and voice, those of the other one, and whether the two are together.
import { signal } from "@preact/signals";
import type { Room, Track } from "livekit-client";
import type { Room as Admission } from "../operations";
import { Refused } from "../server/client";

/** `alone`: the other one is not there yet, or gone for a moment; `lost`: one is out oneself. */
export type Link = "idle" | "connecting" | "alone" | "together" | "reconnecting" | "lost";

export class CallRoom {
  readonly link = signal<Link>("idle");
  /** The other one's picture; null while there is none to be seen. */
  readonly theirs = signal<MediaStream | null>(null);
  readonly own = signal<MediaStream | null>(null);
  readonly microphone = signal(true);
  readonly theirMicrophone = signal(true);
  readonly camera = signal(false);
  /** How many there are to choose from. */
  readonly cameras = signal(0);
  /** Browsers play no sound before the first tap. */
  readonly soundBlocked = signal(false);
  private room: Room | undefined;

  /** Come in with what is open; a stream without a picture is a voice alone. */
  async enter({ url, token }: Admission, open: MediaStream | null): Promise<void> {
    this.link.value = "connecting";
    const {
      ConnectionState: State,
      DisconnectReason: Why,
      LocalAudioTrack,
      LocalVideoTrack,
      Room,
      RoomEvent: On,
      Track: { Source },
    } = await import("livekit-client");
    const room = new Room({ dynacast: true });
    this.room = room;
    const look = () => this.look(room.state === State.Reconnecting || room.state === State.SignalReconnecting);
    const changes = [
      On.ParticipantConnected,
      On.ParticipantDisconnected,
      On.TrackSubscribed,
      On.TrackUnsubscribed,
      On.TrackMuted,
      On.TrackUnmuted,
      On.LocalTrackPublished,
      On.LocalTrackUnpublished,
      On.ConnectionStateChanged,
    ];
    for (const change of changes) room.on(change, look);
    const sounds = new Map<Track, HTMLMediaElement>();
    room.on(On.TrackSubscribed, (track) => {
      if (track.kind === "audio") sounds.set(track, track.attach());
    });
    room.on(On.TrackUnsubscribed, (track) => sounds.get(track)?.remove());
    room.on(On.AudioPlaybackStatusChanged, () => (this.soundBlocked.value = !room.canPlaybackAudio));
    room.on(On.Disconnected, (reason) => {
      this.theirs.value = null;
      const expected = reason === Why.CLIENT_INITIATED || reason === Why.ROOM_DELETED || reason === Why.ROOM_CLOSED;
      this.link.value = expected ? "idle" : "lost";
    });
    await room.connect(url, token).catch((error: Error) => {
      this.link.value = "lost";
      throw new Refused("room_unreachable", error.message, null);
    });
    // As tracks of the room's own: switched off, the camera's light goes out.
    const [sound] = open?.getAudioTracks() ?? [];
    const [picture] = open?.getVideoTracks() ?? [];
    const me = room.localParticipant;
    if (sound)
      await me.publishTrack(new LocalAudioTrack(sound, sound.getConstraints(), false), { source: Source.Microphone });
    if (sound && !sound.enabled) await me.setMicrophoneEnabled(false);
    if (picture)
      await me.publishTrack(new LocalVideoTrack(picture, picture.getConstraints(), false), { source: Source.Camera });
    this.cameras.value = (await camerasHere()).length;
    look();
  }

  async turnMicrophone(on: boolean): Promise<void> {
    await this.room?.localParticipant.setMicrophoneEnabled(on);
  }

  async turnCamera(on: boolean): Promise<void> {
    await this.room?.localParticipant.setCameraEnabled(on);
  }

  /** The next camera of the device. */
  async flip(): Promise<void> {
    const cameras = await camerasHere();
    const now = this.own.value?.getVideoTracks()[0]?.getSettings().deviceId;
    const next = cameras[(cameras.findIndex((camera) => camera.deviceId === now) + 1) % cameras.length];
    if (next) await this.room?.switchActiveDevice("videoinput", next.deviceId);
    this.look(false);
  }

  turnSoundOn(): void {
    void this.room?.startAudio();
  }

  leave(): void {
    void this.room?.disconnect();
  }

  private look(reconnecting: boolean): void {
    const room = this.room;
    if (room?.state === undefined || this.link.value === "lost" || this.link.value === "idle") return;
    const me = room.localParticipant;
    const [other] = room.remoteParticipants.values();
    this.microphone.value = me.isMicrophoneEnabled;
    this.camera.value = me.isCameraEnabled;
    this.own.value = pictureOf(this.own.value, me.videoTrackPublications.values());
    this.theirs.value = pictureOf(this.theirs.value, other?.videoTrackPublications.values());
    this.theirMicrophone.value = other?.isMicrophoneEnabled ?? true;
    this.link.value = reconnecting ? "reconnecting" : other ? "together" : "alone";
  }
}

async function camerasHere(): Promise<MediaDeviceInfo[]> {
  return (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
}

interface Published {
  isMuted: boolean;
  track?: { mediaStreamTrack: MediaStreamTrack } | undefined;
}

/** The first picture that is on; the stream stays the same as long as its track does, so that nothing blinks. */
function pictureOf(before: MediaStream | null, published: Iterable<Published> = []): MediaStream | null {
  const track = [...published].find((each) => !each.isMuted && each.track)?.track?.mediaStreamTrack;
  if (!track) return null;
  return before?.getVideoTracks()[0] === track ? before : new MediaStream([track]);
}
