// Lucide's icons, each by what it means here, and the coin. Only what is named here is in the page.
import {
  ArrowDownToLine,
  AudioLines,
  Ban,
  Bell,
  BellRing,
  Calendar,
  Camera,
  ChartColumn,
  Check,
  ChevronDown,
  ChevronLeft,
  ChevronRight,
  Clock,
  Crown,
  Download,
  Ellipsis,
  Eye,
  EyeOff,
  Gift,
  Hand,
  Heart,
  type IconNode,
  Image,
  Lock,
  LogOut,
  MessageSquare,
  Mic,
  MicOff,
  Minus,
  Pencil,
  Phone,
  PhoneIncoming,
  PhoneMissed,
  PhoneOff,
  PhoneOutgoing,
  PictureInPicture2,
  Pin,
  Plus,
  Radio,
  RefreshCw,
  ScanFace,
  Search,
  Send,
  Share,
  Shield,
  Signal,
  SlidersHorizontal,
  Sparkles,
  Star,
  SwitchCamera,
  Tag,
  Ticket,
  Trash2,
  User,
  UserMinus,
  UserPlus,
  Users,
  Video,
  VideoOff,
  Volume2,
  VolumeX,
  Wallet,
  WandSparkles,
  X,
} from "lucide";
import { h } from "preact";
import coin from "../art/coin.svg";
import "./icons.css";

const ICONS = {
  audio: AudioLines,
  back: ChevronLeft,
  ban: Ban,
  bell: Bell,
  bellSet: BellRing,
  camera: Camera,
  bin: Trash2,
  chart: ChartColumn,
  check: Check,
  clock: Clock,
  close: X,
  crown: Crown,
  date: Calendar,
  download: Download,
  edit: Pencil,
  chat: MessageSquare,
  dots: Ellipsis,
  down: ChevronDown,
  eye: Eye,
  eyeOff: EyeOff,
  face: ScanFace,
  flip: SwitchCamera,
  gift: Gift,
  hand: Hand,
  hangUp: PhoneOff,
  heart: Heart,
  incoming: PhoneIncoming,
  invite: UserPlus,
  image: Image,
  less: Minus,
  live: Radio,
  lock: Lock,
  me: User,
  microphone: Mic,
  microphoneOff: MicOff,
  missed: PhoneMissed,
  moderator: Shield,
  more: ChevronRight,
  outgoing: PhoneOutgoing,
  people: Users,
  phone: Phone,
  pin: Pin,
  pip: PictureInPicture2,
  plus: Plus,
  putOut: UserMinus,
  refresh: RefreshCw,
  search: Search,
  share: Share,
  send: Send,
  settings: SlidersHorizontal,
  signal: Signal,
  signOut: LogOut,
  spark: Sparkles,
  sound: Volume2,
  soundOff: VolumeX,
  star: Star,
  stepDown: ArrowDownToLine,
  studio: WandSparkles,
  tag: Tag,
  ticket: Ticket,
  wallet: Wallet,
  video: Video,
  videoOff: VideoOff,
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
