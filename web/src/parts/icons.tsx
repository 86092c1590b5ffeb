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
    <svg class={`icon ${kind}`} viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.7">
      <path d="M4 11h16v9H4zM3 7.5h18V11H3zM12 7.5V20" stroke-linejoin="round" />
      <path d="M12 7.5c-1.5-4.5-6.5-4.5-6-1.5.2 1.2 2 1.5 6 1.5zm0 0c1.5-4.5 6.5-4.5 6-1.5-.2 1.2-2 1.5-6 1.5z" stroke-linejoin="round" />
    </svg>
  );
}
