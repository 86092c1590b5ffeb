// One's own camera and microphone before anybody sees or hears them: opened, changed, listened to; and at last either
// handed to a room or closed, so that no light stays on.
import { signal } from "@preact/signals";

export interface Wanted {
  video: boolean;
  cameraId?: string;
  microphoneId?: string;
}

const PICTURE_LONG_PX = 1280;
const PICTURE_SHORT_PX = 720;
const LISTENED_EVERY_MS = 80;
const HEARD_FROM = 0.01; // root mean square: a room at night is below, a whisper above
const FULL_AT = 0.25;
const DEAF_AFTER_MS = 4000;

export class Preview {
  readonly stream = signal<MediaStream | null>(null);
  readonly failure = signal<unknown>(null);
  readonly cameras = signal<MediaDeviceInfo[]>([]);
  readonly microphones = signal<MediaDeviceInfo[]>([]);
  readonly microphone = signal(true);
  /** How loud it is: 0 to 1. */
  readonly level = signal(0);
  /** The microphone is on, and nothing has been heard for a while. */
  readonly deaf = signal(false);
  private wanted: Wanted = { video: true };
  private listening: (() => void) | undefined;
  private opened = 0;

  /** Open what is wanted in place of what was open; why that failed is in `failure`. */
  async open(wanted: Wanted): Promise<void> {
    const turn = ++this.opened;
    this.wanted = wanted;
    this.shut();
    this.failure.value = null;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: pictureOf(wanted), audio: soundOf(wanted) });
      if (turn !== this.opened) return stop(stream); // closed, or opened otherwise, meanwhile
      for (const track of stream.getAudioTracks()) track.enabled = this.microphone.value;
      this.stream.value = stream;
      this.listening = this.listen(stream);
      const devices = await navigator.mediaDevices.enumerateDevices(); // named only after the permission
      this.cameras.value = devices.filter((device) => device.kind === "videoinput");
      this.microphones.value = devices.filter((device) => device.kind === "audioinput");
    } catch (error) {
      if (turn === this.opened) this.failure.value = error;
    }
  }

  change(wanted: Partial<Wanted>): Promise<void> {
    return this.open({ ...this.wanted, ...wanted });
  }

  cameraId(): string | undefined {
    return this.stream.value?.getVideoTracks()[0]?.getSettings().deviceId;
  }

  microphoneId(): string | undefined {
    return this.stream.value?.getAudioTracks()[0]?.getSettings().deviceId;
  }

  /** The next camera of the device. */
  flip(): Promise<void> {
    const ids = this.cameras.value.map((camera) => camera.deviceId);
    const next = ids[(ids.indexOf(this.cameraId() ?? "") + 1) % ids.length];
    return this.change({ cameraId: next });
  }

  turnMicrophone(on: boolean): void {
    this.microphone.value = on;
    for (const track of this.stream.value?.getAudioTracks() ?? []) track.enabled = on;
  }

  /** To a room, which from now on answers for it. */
  handOver(): MediaStream | null {
    const stream = this.stream.value;
    this.stream.value = null;
    this.close();
    return stream;
  }

  close(): void {
    this.opened += 1;
    this.shut();
  }

  private shut(): void {
    this.listening?.();
    this.listening = undefined;
    if (this.stream.value) stop(this.stream.value);
    this.stream.value = null;
  }

  private listen(stream: MediaStream): () => void {
    if (stream.getAudioTracks().length === 0) return () => {};
    const context = new AudioContext();
    const ear = context.createAnalyser();
    const heard = new Float32Array(ear.fftSize);
    context.createMediaStreamSource(stream).connect(ear);
    let lastHeard = performance.now();
    const timer = setInterval(() => {
      ear.getFloatTimeDomainData(heard);
      const loud = Math.sqrt(heard.reduce((sum, each) => sum + each * each, 0) / heard.length);
      const now = performance.now();
      // Before the first tap a browser may keep us from listening: that is not silence.
      if (loud >= HEARD_FROM || !this.microphone.value || context.state !== "running") lastHeard = now;
      this.level.value = Math.min(1, loud / FULL_AT);
      this.deaf.value = now - lastHeard > DEAF_AFTER_MS;
    }, LISTENED_EVERY_MS);
    return () => {
      clearInterval(timer);
      void context.close();
      this.level.value = 0;
      this.deaf.value = false;
    };
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** As the screen stands, so that a phone gives its whole picture; a camera that can only do otherwise is shown whole. */
function pictureOf({ video, cameraId }: Wanted): MediaTrackConstraints | false {
  if (!video) return false;
  const upright = innerHeight > innerWidth && matchMedia("(pointer: coarse)").matches;
  return {
    ...(cameraId ? { deviceId: { exact: cameraId } } : { facingMode: "user" }),
    width: { ideal: upright ? PICTURE_SHORT_PX : PICTURE_LONG_PX },
    height: { ideal: upright ? PICTURE_LONG_PX : PICTURE_SHORT_PX },
  };
}

function soundOf({ microphoneId }: Wanted): MediaTrackConstraints {
  const clear = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  return microphoneId ? { ...clear, deviceId: { exact: microphoneId } } : clear;
}
