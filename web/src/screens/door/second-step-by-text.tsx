// The second step by a phone: a code is sent when it is asked for, since each costs somebody money.
import type { Factor } from "@supabase/supabase-js";
import { useState } from "preact/hooks";
import { useDoing } from "../../parts/doing";
import { Failure } from "../../parts/failure";
import { type Texted, text } from "../../stores/factors";
import { phoneWords, sayOfPhone } from "../../words/phone";
import { sayOfSecurity } from "../../words/security";
import { TextedCode } from "./texted-code";

export function ByText({ phone }: { phone: Factor }) {
  const [texted, setTexted] = useState<Texted | null>(null);
  const { busy, failure, attempt } = useDoing();
  if (texted) return <TextedCode texted={texted} enter={sayOfSecurity("enter")} />;
  return (
    <>
      <Failure error={phoneWords(failure)} />
      <button
        type="button"
        class="button main big full"
        disabled={busy}
        onClick={() => void attempt(async () => setTexted(await text(phone.id)))}
      >
        {sayOfPhone("send")}
      </button>
    </>
  );
}
