// An answer of the server that is asked for again when what it depends on changes; what was known stays meanwhile.
import { useEffect, useState } from "preact/hooks";
import { type Doing, useDoing } from "../../parts/doing";
import { returns } from "../../server/connection";

interface Asked<Answer> extends Pick<Doing, "busy" | "failure"> {
  answer: Answer | undefined;
  again: () => void;
}

/** `question` names what is asked; an answer that another question has overtaken is not shown. */
export function useAsked<Answer>(question: string, ask: () => Promise<Answer>): Asked<Answer> {
  const [answer, setAnswer] = useState<Answer>();
  const { busy, failure, attempt } = useDoing();

  function load(): () => void {
    let overtaken = false;
    void attempt(async () => {
      const told = await ask();
      if (!overtaken) setAnswer(() => told);
    });
    return () => {
      overtaken = true;
    };
  }

  useEffect(load, [question, returns.value]);
  return { answer, busy, failure, again: load };
}
