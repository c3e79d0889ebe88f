// A call that is not analysed yet: shows how far it is, and opens itself when it is done.
import { $ } from "./dom.js";
import { ended, follow } from "./states.js";

const box = $("#waiting");
if (!ended(box.dataset.status)) {
  let over = false;
  follow(
    () => (over ? [] : [box.dataset.call]),
    (state) => {
      $("#stage").textContent = state.status === "queued" ? "Waiting for its turn" : state.stage;
      $("#progress").value = state.progress;
      over = state.ended;
      if (over) location.reload();
    },
  );
}
