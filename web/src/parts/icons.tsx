// Lucide's icons, each by what it means here, and the coin. Only what is named here is in the page.
import {
  AudioLines,
  Calendar,
  Camera,
  Check,
  ChevronLeft,
  ChevronRight,
  Clock,
  Crown,
  Download,
  Eye,
  EyeOff,
  Gift,
  Heart,
  type IconNode,
  Image,
  Lock,
  LogOut,
  Mic,
  MicOff,
  Minus,
  Pencil,
  Phone,
  Plus,
  Radio,
  RefreshCw,
  ScanFace,
  Search,
  Share,
  Signal,
  SlidersHorizontal,
  Sparkles,
  Star,
  SwitchCamera,
  Ticket,
  Trash2,
  User,
  Users,
  Wallet,
  WandSparkles,
  X,
} from "lucide";
import { h } from "preact";
import coin from "../art/coin.svg";

const ICONS = {
  audio: AudioLines,
  back: ChevronLeft,
  bin: Trash2,
  call: Phone,
  camera: Camera,
  check: Check,
  clock: Clock,
  close: X,
  crown: Crown,
  date: Calendar,
  download: Download,
  edit: Pencil,
  eye: Eye,
  eyeOff: EyeOff,
  face: ScanFace,
  flip: SwitchCamera,
  gift: Gift,
  heart: Heart,
  image: Image,
  less: Minus,
  live: Radio,
  lock: Lock,
  microphone: Mic,
  microphoneOff: MicOff,
  more: ChevronRight,
  plus: Plus,
  refresh: RefreshCw,
  search: Search,
  share: Share,
  settings: SlidersHorizontal,
  signal: Signal,
  signOut: LogOut,
  spark: Sparkles,
  star: Star,
  studio: WandSparkles,
  ticket: Ticket,
  me: User,
  people: Users,
  wallet: Wallet,
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
