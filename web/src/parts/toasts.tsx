// Where the toasts appear: one at a time, above the composer or the tabs, read out politely, gone by themselves.
import { normalizeProps, useMachine } from "@zag-js/preact";
import * as toast from "@zag-js/toast";
import { useEffect, useId, useRef } from "preact/hooks";
import { told } from "../stores/toasts";
import { say } from "../words";

const SHOWN_MS = 4000;
const store = toast.createStore({ placement: "bottom", max: 1, duration: SHOWN_MS, offsets: "84px" });

export function Toasts() {
  const service = useMachine(toast.group.machine, { id: useId(), store });
  const api = toast.group.connect(service, normalizeProps);
  const shown = useRef(0);
  useEffect(() => {
    for (const { sentence } of told.value.slice(shown.current)) store.create({ title: sentence, type: "info" });
    shown.current = told.value.length;
  }, [told.value]);
  return (
    <div {...api.getGroupProps({ label: say("notice") })}>
      {api.getToasts().map((each, index) => (
        <Toast key={each.id} {...each} parent={service} index={index} />
      ))}
    </div>
  );
}

function Toast(props: toast.Props) {
  const api = toast.connect(useMachine(toast.machine, props), normalizeProps);
  return (
    <div {...api.getRootProps()} class="toast">
      <span {...api.getTitleProps()}>{api.title}</span>
    </div>
  );
}
