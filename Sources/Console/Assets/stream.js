// Reads the host's stream by fetch, as an EventSource would, but with the session's header; comes again by itself and
// goes on where it was.
import { parse, request } from "./api.js";

/** The longest wait before it comes again, milliseconds. */
const LONGEST = 15_000;

/**
 * Reads `topics` until `signal` aborts. `heard({ name, data, id })` is told each event, `state(text)` whether it is
 * live. `since` is an event's id or `oldest`.
 */
export async function listen({ topics, filter, since, heard, state, signal }) {
  let last = since;
  let wait = 1_000;
  while (!signal.aborted) {
    try {
      const parameters = new URLSearchParams({ topics: topics.join(",") });
      if (filter) parameters.set("filter", filter);
      const headers = last ? { "last-event-id": last } : {};
      const response = await request(`/v1/stream?${parameters}`, { headers, signal });
      if (response.status === 401) {
        document.dispatchEvent(new CustomEvent("signed-out", { detail: "the session is over" }));
        return;
      }
      if (response.status === 404) return state?.("absent");
      if (!response.ok) throw new Error(`the stream answered ${response.status}`);
      await read(response, (event) => {
        if (event.id) last = event.id;
        if (event.retry) wait = Math.min(LONGEST, event.retry);
        if (event.name === "live") { wait = 1_000; state?.("live"); }
        if (event.name === "bye") { wait = Math.min(LONGEST, event.data?.retry ?? wait); state?.("stopping"); }
        if (event.name) heard(event);
      });
    } catch (error) {
      if (signal.aborted) return;
    }
    state?.("waiting");
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(LONGEST, wait * 2);
  }
}

/** Takes events out of the bytes, each when it is whole. */
async function read(response, heard) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const parts = rest.split("\n\n");
    rest = parts.pop();
    for (const part of parts) heard(event(part));
  }
}

function event(text) {
  const made = { name: "", data: null, id: null, retry: null };
  const data = [];
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, "");
    const field = line.slice(0, colon);
    if (field === "event") made.name = value;
    else if (field === "id") made.id = value;
    else if (field === "retry") made.retry = Number(value);
    else if (field === "data") data.push(value);
  }
  if (data.length) made.data = parse(data.join("\n"));
  return made;
}
