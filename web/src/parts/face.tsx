// How a person looks in a list: a picture or an initial on a colour of their own.
export interface Person {
  id: string;
  username: string | null;
  display_name: string | null;
  avatar_url: string | null;
}

export function nameOf(person: Person | null | undefined): string {
  return person?.display_name || person?.username || "…";
}

export function Face({ person }: { person: Person | null | undefined }) {
  const name = nameOf(person);
  if (person?.avatar_url) return <img class="face" src={person.avatar_url} alt="" loading="lazy" />;
  const hue = [...(person?.id ?? "")].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  return (
    <span class="face" style={{ background: `hsl(${hue} 55% 45%)` }} aria-hidden="true">
      {name.slice(0, 1).toUpperCase()}
    </span>
  );
}
