// Small drawings of our own: a font with emoji is not everywhere.
export function Coin({ kind = "" }: { kind?: string }) {
  return (
    <svg class={`icon ${kind}`} viewBox="0 0 16 16" aria-hidden="true">
      <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" stroke-width="1.8" />
      <circle cx="8" cy="8" r="2.6" fill="currentColor" />
    </svg>
  );
}

export function Present({ kind = "" }: { kind?: string }) {
  return (
    <svg
      class={`icon ${kind}`}
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      stroke-width="1.7"
    >
      <path d="M4 11h16v9H4zM3 7.5h18V11H3zM12 7.5V20" stroke-linejoin="round" />
      <path
        d="M12 7.5c-1.5-4.5-6.5-4.5-6-1.5.2 1.2 2 1.5 6 1.5zm0 0c1.5-4.5 6.5-4.5 6-1.5-.2 1.2-2 1.5-6 1.5z"
        stroke-linejoin="round"
      />
    </svg>
  );
}

export function Microphone({ on }: { on: boolean }) {
  return (
    <svg
      class={on ? "icon" : "icon off"}
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
    >
      <path d="M9 6a3 3 0 0 1 6 0v5a3 3 0 0 1-6 0zM5 11a7 7 0 0 0 14 0M12 18v3" stroke-linecap="round" />
      {!on && <path d="M4 4l16 16" stroke-linecap="round" />}
    </svg>
  );
}

export function Star({ full }: { full: boolean }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill={full ? "currentColor" : "none"}
      stroke="currentColor"
      stroke-width="1.8"
    >
      <path d="M12 3l2.7 5.8 6.3.8-4.6 4.4 1.2 6.3L12 17.2 6.4 20.3l1.2-6.3L3 9.6l6.3-.8z" stroke-linejoin="round" />
    </svg>
  );
}
