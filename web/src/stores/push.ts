// Pushes to this browser: turned on after the browser's own question, made known to the server anew at each start, and off with
// the session they were turned on in. The service worker shows them.
import { askToNotify } from "../parts/ring";
import { config, operation, Refused } from "../server/client";
import { language } from "../words";
import { login } from "./login";
import { keepPushedTo, pushedTo } from "./pushed-to";

/** This browser cannot, on an iPhone only from the home screen; it was told not to; or it does, or does not yet. */
export type PushStanding = "impossible" | "from-home-screen" | "refused" | "off" | "on";

export async function readPush(): Promise<PushStanding> {
  if (!config.vapid_public_key) return "impossible";
  if (!("PushManager" in window)) return "standalone" in navigator ? "from-home-screen" : "impossible";
  if (Notification.permission === "denied") return "refused";
  const worker = await navigator.serviceWorker.getRegistration();
  if (!worker) return "impossible";
  return isMine() && (await worker.pushManager.getSubscription()) ? "on" : "off";
}

/** On, the browser asks first; what came of it. */
export async function turnPush(on: boolean): Promise<PushStanding> {
  if (!on) await turnOff();
  else if (await askToNotify()) await register();
  return readPush();
}

async function turnOff(): Promise<void> {
  const device = pushedTo()?.device;
  await forget();
  if (device) await operation<"forget_device">("DELETE", `notices/devices/${device}`).catch(unlessGone);
}

/** At each start: the server knows this browser as it is now. Somebody else's pushes are shown no more. */
export async function keepPush(): Promise<void> {
  if (!isMine()) await forget();
  else if (config.vapid_public_key && Notification.permission === "granted") await register();
}

/** The server forgets the browser with the session; the browser shows nothing that is under way. */
export async function forget(): Promise<void> {
  keepPushedTo(null);
  const worker = await navigator.serviceWorker?.getRegistration();
  await (await worker?.pushManager.getSubscription())?.unsubscribe();
  for (const shown of (await worker?.getNotifications()) ?? []) shown.close();
}

async function register(): Promise<void> {
  const { endpoint, keys } = (await subscribed()).toJSON();
  const { device } = await operation<"register_device">("POST", "notices/devices", {
    platform: "web",
    app: location.host,
    locale: language.value,
    subscription: { endpoint: endpoint!, keys: { p256dh: keys!.p256dh!, auth: keys!.auth! } },
  });
  keepPushedTo({ user: login.value!.user.id, device: device.id });
}

/** What was subscribed to with another key of the server's brings nothing any more. */
async function subscribed(): Promise<PushSubscription> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const before = await pushManager.getSubscription();
  const applicationServerKey = config.vapid_public_key!;
  if (before && keyOf(before) === applicationServerKey) return before;
  await before?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
}

function keyOf({ options: { applicationServerKey: key } }: PushSubscription): string {
  const letters = String.fromCharCode(...new Uint8Array(key ?? new ArrayBuffer(0)));
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const isMine = () => pushedTo()?.user === login.value?.user.id;

function unlessGone(error: unknown): void {
  if (!(error instanceof Refused && error.code === "not_found")) throw error;
}
