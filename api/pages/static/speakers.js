// Who is who: names, sides, the same person twice, two mixed up, single turns of somebody else.
import { $ } from "./dom.js";

const edit = (kind, speaker, more = {}) => ({ kind, speaker, ...more });

// Calls `send(edits, fromTurn)` for what people do in the list of speakers and the dialog.
export function watchSpeakers(send) {
  const box = $("#speakers");
  box.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.edit !== "name") return;
    event.preventDefault();
    const speaker = form.closest(".speaker").dataset.speaker;
    send([edit("name", speaker, { name: form.elements.name.value.trim() || null })]);
  });
  box.addEventListener("change", (event) => {
    const { edit: kind } = event.target.dataset;
    const speaker = event.target.closest(".speaker")?.dataset.speaker;
    if (kind === "role") send([edit("role", speaker, { role: event.target.value })]);
    if (kind === "other" && event.target.value) {
      const [what, ...rest] = event.target.value.split(" ");
      send([edit(what, speaker, { other: rest.join(" ") })]);
    }
    if (event.target.name === "other" && !kind) $("[data-new]", box).hidden = event.target.value !== "";
  });
}

// Asks who says a turn, and sends the split.
export function askWho(row, send) {
  const dialog = $("#who");
  const form = $("form", dialog);
  const speaker = row.dataset.speaker;
  form.reset();
  const text = $(".said p", row).textContent;
  $("#who-text").textContent = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  form.elements.other.value = speaker;
  $("[data-new]", dialog).hidden = true;
  dialog.onclose = () => {
    const { other, name, role, from_turn: onwards } = form.elements;
    if (dialog.returnValue !== "save" || other.value === speaker) return;
    const turns = [Number(row.dataset.turn)];
    const known = other.value !== "";
    const more = known ? { other: other.value } : { other: newId(), name: name.value.trim() || null, role: role.value };
    send([edit("split", speaker, { ...more, turns })], onwards.checked);
  };
  dialog.returnValue = "";
  dialog.showModal();
}

function newId() {
  const known = new Set([...document.querySelectorAll(".speaker")].map((one) => one.dataset.speaker));
  for (let n = 1; ; n += 1) if (!known.has(`S${n}`)) return `S${n}`;
}
