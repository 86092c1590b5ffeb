// The seat this window has, so that a reload goes back to it; somebody else who signs in here does not inherit it.
import { login } from "../stores/login";

const SEAT = "seat";
const named = (sessionId: string) => `${login.value?.user.id}/${sessionId}`;

export const takeSeat = (sessionId: string) => sessionStorage.setItem(SEAT, named(sessionId));
export const giveUpSeat = () => sessionStorage.removeItem(SEAT);
export const hasSeat = (sessionId: string) => sessionStorage.getItem(SEAT) === named(sessionId);
