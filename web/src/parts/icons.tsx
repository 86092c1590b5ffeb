// Lucide's icons, each by what it means here, and the coin. Only what is named here is in the page.
import {
  AudioLines,
  Camera,
  ChevronLeft,
  ChevronRight,
  Clock,
  Eye,
  EyeOff,
  Gift,
  type IconNode,
  Lock,
  LogOut,
  Mic,
  MicOff,
  Plus,
  Radio,
  RefreshCw,
  Signal,
  SlidersHorizontal,
  Star,
  SwitchCamera,
  Ticket,
  User,
  Users,
  WandSparkles,
  X,
} from "lucide";
import { h } from "preact";
import coin from "../art/coin.svg";

const ICONS = {
  audio: AudioLines,
  back: ChevronLeft,
  camera: Camera,
  clock: Clock,
  close: X,
  eye: Eye,
  eyeOff: EyeOff,
  flip: SwitchCamera,
  gift: Gift,
  live: Radio,
  lock: Lock,
  microphone: Mic,
  microphoneOff: MicOff,
  more: ChevronRight,
  plus: Plus,
  refresh: RefreshCw,
  settings: SlidersHorizontal,
  signal: Signal,
  signOut: LogOut,
  star: Star,
  studio: WandSparkles,
  ticket: Ticket,
  me: User,
  people: Users,
} satisfies Record<string, IconNode>;

export type IconName = keyof typeof ICONS;

/** Beside words it says nothing to a screen reader; alone, the button around it has a name. */
export function Icon({ name, small = false, filled = false }: { name: IconName; small?: boolean; filled?: boolean }) {
  return (
    <svg
      class={small ? "icon small" : "icon"}
      viewBox="0 0 24 24"
      fill={filled ? "currentColor" : "none"}
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      {ICONS[name].map(([tag, attributes], index) => h(tag, { key: index, ...attributes } as never))}
    </svg>
  );
}

export function Coin() {
  return <img class="coin" src={coin} alt="" />;
}
