// The connection to the service: the event stream, and what to do when it is gone.

const SILENT_MS = 6000; // three beats of the stream (events.py)
const RETRY_MS = 3000;

// Calls `on.part(part)`, `on.parts(parts)`, `on.state(state)` with decoded JSON and
// `on.link("ok" | "lost" | "refused")` whenever that is found. It never gives up.
export function follow(on) {
  let stream = null;
  let heardAt = 0;
  let states = 0;

  const heard = () => {
    heardAt = performance.now();
    on.link("ok");
  };
  const receive = (name, use) => stream.addEventListener(name, (event) => {
    heard();
    use(JSON.parse(event.data));
  });

  // The stream is opened first and everything fetched after it: nothing can fall in between.
  async function refresh() {
    const before = states;
    const [state, parts] = await Promise.all(["/api/state", "/api/parts"].map(async (path) => {
      const answer = await fetch(path, { signal: AbortSignal.timeout(SILENT_MS) });
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
      return answer.json();
    }));
    if (states === before) on.state(state); // what the stream said meanwhile is newer
    on.parts(parts);
  }

  async function retry() {
    stream?.close();
    try {
      await refresh();
      on.link("refused");
    } catch {
      on.link("lost");
    }
    setTimeout(open, RETRY_MS);
  }

  function open() {
    let failed = false;
    stream = new EventSource("/api/events");
    const fail = () => {
      clearInterval(watch);
      if (!failed) retry();
      failed = true;
    };
    heardAt = performance.now();
    const watch = setInterval(() => {
      if (performance.now() - heardAt > SILENT_MS) fail();
    }, 500);
    stream.onerror = fail;
    stream.onopen = () => refresh().catch(fail);
    receive("beat", () => {});
    receive("part", on.part);
    receive("preview", on.part);
    receive("status", (state) => { states += 1; on.state(state); });
  }

  open();
}
