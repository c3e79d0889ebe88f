// The profile's editor: advice while typing, what a change would do, saving, statements tried.
import { $, post, swap, toast } from "./dom.js";

const editor = $("#editor");
const text = $("#text");
const body = () => ({ text: text.value, profile_id: editor.dataset.profile ?? "" });
const saved = text.value;
let asked = 0;
let timer = 0;

async function lint() {
  const mine = ++asked;
  try {
    const answer = await post("/profiles/lint", body());
    if (mine !== asked) return;
    swap($("#findings"), answer.html);
    for (const button of [$("#save"), $("#save-activate"), $("#try")]) if (button) button.disabled = answer.errors > 0;
  } catch (error) {
    if (mine === asked) toast(error.message, { bad: true });
  }
  if (mine === asked) editor.dataset.linted = text.value.length;
}

text.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(lint, 400);
});

$("#findings").addEventListener("click", (event) => {
  const line = Number(event.target.closest("[data-line]")?.dataset.line);
  if (!line) return;
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  text.scrollTop = (line - 4) * parseFloat(getComputedStyle(text).lineHeight);
});

async function save(activate) {
  try {
    const answer = await post("/profiles/save", { ...body(), note: $("#note").value, activate });
    removeEventListener("beforeunload", warn);
    location.assign(answer.location);
  } catch (error) {
    toast(error.message, { bad: true });
  }
}
$("#save").addEventListener("click", () => save(false));
$("#save-activate")?.addEventListener("click", () => save(true));

const warn = (event) => { if (text.value !== saved) event.preventDefault(); };
addEventListener("beforeunload", warn);

function wait(box, words) {
  const line = document.createElement("p");
  line.className = "state news";
  const spin = document.createElement("span");
  spin.className = "spin";
  line.append(spin, words);
  box.replaceChildren(line);
  box.setAttribute("aria-busy", "true");
}

async function into(box, words, path, sent) {
  wait(box, words);
  try {
    swap(box, (await post(path, sent)).html);
  } catch (error) {
    box.replaceChildren();
    toast(error.message, { bad: true });
  }
  box.removeAttribute("aria-busy");
}

$("#try")?.addEventListener("click", () => {
  $("#effect-panel").hidden = false;
  $("#effect-panel").scrollIntoView({ block: "nearest" });
  into($("#effect"), "Holding every deal against it", "/profiles/effect", body());
});

const form = $("#preview-form");
const marks = new Map();
let tried = "";
function preview() {
  const sent = Object.fromEntries(new FormData(form));
  if (sent.statement !== tried) marks.clear();
  tried = sent.statement;
  const marked = (wanted) => [...marks].filter(([, mark]) => mark === wanted).map(([call]) => call);
  return into($("#preview"), "Weighing what was said", "/profiles/preview", {
    statement: sent.statement, dimension: sent.dimension || null, calls: Number(sent.calls),
    yes: marked("yes"), no: marked("no"),
  });
}
form.addEventListener("submit", (event) => { event.preventDefault(); preview(); });
$("#preview").addEventListener("click", (event) => {
  const button = event.target.closest("[data-mark]");
  if (!button) return;
  const { call, mark } = button.dataset;
  if (marks.get(call) === mark) marks.delete(call);
  else marks.set(call, mark);
  preview();
});
