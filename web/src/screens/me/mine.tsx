// What is one's own, each screen fetched when it is first shown.
import { later } from "../../parts/later";

const Me = later(() => import("./me").then((file) => file.Me));
const EditProfile = later(() => import("./edit").then((file) => file.EditProfile));
const CallPrices = later(() => import("./call-prices").then((file) => file.CallPrices));
const Security = later(() => import("./security").then((file) => file.Security));
const Account = later(() => import("./account").then((file) => file.Account));
const Shadows = later(() => import("./shadows").then((file) => file.Shadows));
const Tiers = later(() => import("../subscriptions/tiers").then((file) => file.Tiers));
const Notices = later(() => import("../notices/notices").then((file) => file.Notices));
const NoticeSettings = later(() => import("../notices/settings").then((file) => file.NoticeSettings));

const SCREENS: Record<string, typeof Me> = {
  tiers: Tiers,
  calls: CallPrices,
  security: Security,
  account: Account,
  faces: Shadows,
  edit: EditProfile,
};

/** `me`, a screen of `me`, and `notices` with how one wants them. */
export function Mine({ room, id }: { room: string; id: string | undefined }) {
  if (room === "notices") return id === "settings" ? <NoticeSettings /> : <Notices id={id} />;
  const Screen = SCREENS[id ?? ""] ?? Me;
  return <Screen />;
}
