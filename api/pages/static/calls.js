// The list: calls in work show how far they are.
import { $, $$, nodes } from "./dom.js";
import { ended, follow } from "./states.js";

const row = (id) => $(`[data-call="${CSS.escape(id)}"]`);
const waiting = () => $$(".call-row").filter((r) => !ended(r.dataset.status)).map((r) => r.dataset.call);

follow(waiting, (state) => {
  const found = row(state.id);
  if (!found) return;
  $("[data-state]", found).replaceChildren(nodes(state.html));
  found.dataset.status = state.status;
  if (state.status === "done") {
    const tier = $(".tier", found);
    tier.className = `tier tier-${state.tier ?? "none"}`;
    tier.lastChild.textContent = state.tier ?? "–";
    found.classList.add("fresh");
  }
});
