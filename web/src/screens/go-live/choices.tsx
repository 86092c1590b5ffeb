// What can be chosen before one goes live, each in a sheet: when, and with which camera and microphone. Who may come: who.tsx.

import { Segments } from "../../parts/segments";
import { Over } from "../../parts/sheet";
import type { Preview } from "../../room/preview";
import type { Every } from "../../stores/series";
import { say } from "../../words";
import { Again } from "./again";

const MINUTE_MS = 60_000;

export interface Choice<T> {
  value: T;
  onChoose: (value: T) => void;
  onClose: () => void;
}

interface WhenChoice extends Choice<Date | null> {
  every: Every;
  onEvery: (every: Every) => void;
}

export function WhenSheet({ value, every, onChoose, onEvery, onClose }: WhenChoice) {
  return (
    <Over title={say("whenIsIt")} onClose={onClose}>
      <Segments
        name={say("whenIsIt")}
        value={value === null ? "now" : "date"}
        options={[
          { value: "now", label: say("now") },
          { value: "date", label: say("aDate") },
        ]}
        onChoose={(when) => onChoose(when === "date" ? tomorrowEvening() : null)}
      />
      {value !== null && (
        <div class="field">
          <label>
            {say("dateAndTime")}
            <input
              type="datetime-local"
              min={forInput(new Date(Date.now() + MINUTE_MS))}
              value={forInput(value)}
              onInput={({ currentTarget }) => {
                const chosen = new Date(currentTarget.value);
                if (chosen.getTime() > Date.now()) onChoose(chosen);
              }}
            />
          </label>
        </div>
      )}
      <p class="dim">{say(value === null ? "nowMeans" : "dateMeans")}</p>
      {value !== null && <Again value={every} onChoose={onEvery} />}
      <Done onClose={onClose} />
    </Over>
  );
}

export function DevicesSheet({ preview, onClose }: { preview: Preview; onClose: () => void }) {
  return (
    <Over title={say("devices")} onClose={onClose}>
      <Device
        name={say("camera")}
        devices={preview.cameras.value}
        chosen={preview.cameraId()}
        onChoose={(cameraId) => void preview.change({ cameraId })}
      />
      <Device
        name={say("microphone")}
        devices={preview.microphones.value}
        chosen={preview.microphoneId()}
        onChoose={(microphoneId) => void preview.change({ microphoneId })}
      />
      <Done onClose={onClose} />
    </Over>
  );
}

interface Devices {
  name: string;
  devices: MediaDeviceInfo[];
  chosen: string | undefined;
  onChoose: (id: string) => void;
}

function Device({ name, devices, chosen, onChoose }: Devices) {
  if (devices.length === 0) return null;
  return (
    <div class="field">
      <label>
        {name}
        <select value={chosen} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
          {devices.map((device, index) => (
            <option key={device.deviceId} value={device.deviceId}>
              {device.label || `${name} ${index + 1}`}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

export function Done({ onClose }: { onClose: () => void }) {
  return (
    <button type="button" class="button main big full" onClick={onClose}>
      {say("done")}
    </button>
  );
}

function tomorrowEvening(): Date {
  const date = new Date();
  date.setDate(date.getDate() + 1);
  date.setHours(20, 0, 0, 0);
  return date;
}

/** As the input wants it: local, to the minute. */
export function forInput(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}
