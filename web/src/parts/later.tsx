// A screen whose code is fetched when it is first shown.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useDoing } from "./doing";
import { Failure } from "./failure";

export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let known: ComponentType<Props> | undefined;
  return function Later(props: Props) {
    const [Screen, setScreen] = useState<ComponentType<Props> | undefined>(() => known);
    const { failure, attempt } = useDoing();
    useEffect(() => {
      if (known) return;
      void attempt(async () => {
        known = await load();
        setScreen(() => known);
      });
    }, []);
    // A chunk that is not there any more belongs to an older page than the server's: only a reload helps.
    if (failure) return <Failure error={failure} retry={() => location.reload()} />;
    return Screen ? <Screen {...props} /> : null;
  };
}
