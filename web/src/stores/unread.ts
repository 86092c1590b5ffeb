// How many notices nobody has read yet; what fills it comes after the first screen.
import { signal } from "@preact/signals";

export const unread = signal(0);
