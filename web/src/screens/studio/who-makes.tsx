// Before a picture is asked for: who would make it and of what, whether the photo leaves this server and to whom, and how
// long it takes.
import { useEffect, useState } from "preact/hooks";
import type { MakerOfScene } from "../../operations";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { Icon } from "../../parts/icons";
import { operation } from "../../server/client";
import { duration } from "../../words";
import { oneOf, sayOfMakers } from "../../words/makers";
import "./who-makes.css";

/** By scene; what is told of one lasts as long as the page. */
const told = new Map<string, MakerOfScene[]>();

/** Of one scene, or of several at once: whoever may be asked for any of them. */
export function WhoMakes({ sceneIds }: { sceneIds: string[] }) {
  const [makers, setMakers] = useState<MakerOfScene[]>();
  const { failure, attempt } = useDoing();
  const question = sceneIds.join(" ");

  function load(): () => void {
    let overtaken = false;
    void attempt(async () => {
      const each = await Promise.all(sceneIds.map(makersOf));
      if (!overtaken) setMakers([...new Map(each.flat().map((maker) => [maker.name, maker])).values()]);
    });
    return () => {
      overtaken = true;
    };
  }

  useEffect(load, [question]);

  if (failure) return <Failure error={failure} retry={load} />;
  if (!makers) return <p class="who-makes" aria-busy="true" />;
  return (
    <p class="who-makes" role="status">
      <Icon name={sendsPhoto(makers) ? "send" : "lock"} small />
      <span>{sentences(makers).join(" ")}</span>
    </p>
  );
}

async function makersOf(id: string): Promise<MakerOfScene[]> {
  const known = told.get(id);
  if (known) return known;
  const { making } = await operation<"read_scene_making">("GET", `studio/scenes/${id}/making`);
  told.set(id, making.makers);
  return making.makers;
}

const sendsPhoto = (makers: MakerOfScene[]) => makers.some((each) => each.company && each.takes_photo);

function sentences(makers: MakerOfScene[]): string[] {
  const companies = makers.flatMap((each) => each.company ?? []);
  const isHere = companies.length < makers.length;
  const said: string[] = [];
  if (companies.length === 0) said.push(sayOfMakers("here"));
  else {
    const takers = makers.flatMap((each) => (each.takes_photo && each.company) || []);
    if (takers.length > 0) said.push(sayOfMakers("sentTo", { companies: oneOf(takers) }));
    else said.push(sayOfMakers("wordsTo", { companies: oneOf(companies) }));
    if (isHere) said.push(sayOfMakers("orHere"));
  }
  const [first] = makers;
  if (first) said.push(sayOfMakers(first.text_prompt ? "byWords" : "byLook"));
  if (first?.takes_photo) said.push(sayOfMakers(first.keeps_face ? "faceKept" : "faceAnew"));
  if (first?.seconds_min && first.seconds_max) {
    const values = { least: duration(first.seconds_min), most: duration(first.seconds_max) };
    said.push(sayOfMakers("takes", values));
  }
  return said;
}
