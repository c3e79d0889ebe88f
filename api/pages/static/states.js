// How far calls are, asked for all of them at once, quickly at first and slower later.
import { getJson, pause } from "./dom.js";

export const ended = (status) => !["queued", "running"].includes(status);

// Calls `show(state)` for each id until all have ended; `ids()` is read anew each time.
export async function follow(ids, show) {
  let wait = 0.7;
  for (let silent = 0; ; ) {
    const wanted = ids();
    if (wanted.length && !document.hidden) {
      try {
        const states = await getJson(`/calls/states?ids=${wanted.slice(0, 200).map(encodeURIComponent).join(",")}`);
        states.forEach(show);
        silent = 0;
      } catch {
        silent += 1;
      }
    } else if (!wanted.length) {
      return;
    }
    await pause(wait * (1 + silent));
    wait = Math.min(wait * 1.15, 4);
  }
}
