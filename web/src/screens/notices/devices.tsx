// The phones and browsers that one is told on; any of them is told no more when one says so. Nothing where there are none.
import { useEffect, useState } from "preact/hooks";
import type { Device } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { operation } from "../../server/client";
import { pushedTo } from "../../stores/pushed-to";
import { when } from "../../words";
import { sayOfNotices } from "../../words/notices";

const KINDS = { fcm: "android", apns: "apple", apns_voip: "appleCalls", expo: "phone", web: "browser" } as const;

export function Devices({ onForgotten }: { onForgotten: () => void }) {
  const [devices, setDevices] = useState<Device[]>([]);
  const { busy, failure, attempt } = useDoing();
  const load = () =>
    attempt(async () => setDevices((await operation<"list_devices">("GET", "notices/devices")).devices));
  useEffect(() => void load(), []);
  if (devices.length === 0) return null;

  async function forget(device: Device) {
    const done = await attempt(() => operation<"forget_device">("DELETE", `notices/devices/${device.id}`));
    if (done) onForgotten();
  }

  return (
    <section class="panel" aria-label={sayOfNotices("devices")} data-testid="devices">
      <h2>{sayOfNotices("devices")}</h2>
      <Failure error={failure} />
      <ul class="told-devices">
        {devices.map((device) => {
          const name = `${sayOfNotices(KINDS[device.platform])} · ${device.app}`;
          return (
            <li key={device.id}>
              <span class="grow">
                <b class="cut">{name}</b>
                <small class="dim">{sayOfNotices("seenAt", { when: when(device.seen_at) })}</small>
              </span>
              {device.id === pushedTo()?.device ? (
                <span class="pill">{sayOfNotices("thisBrowser")}</span>
              ) : (
                <button
                  class="round plain"
                  disabled={busy}
                  aria-label={sayOfNotices("forget", { name })}
                  onClick={() => void forget(device)}
                >
                  <Icon name="bin" />
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
