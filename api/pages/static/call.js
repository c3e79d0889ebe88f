// One call: plays what is behind a quote, takes verdicts and edits, puts in place what they change.
import { $, $$, getJson, getText, pause, post, swap, toast } from "./dom.js";
import { Player } from "./player.js";
import { askWho, watchSpeakers } from "./speakers.js";
import { Transcript } from "./transcript.js";

const call = $("#call");
const base = `/calls/${call.dataset.call}`;
const query = `?profile=${encodeURIComponent(call.dataset.profile)}`;
const player = new Player();
const transcript = new Transcript(call);
const undos = [];
let here = null;
let busy = false;

// ---- signals

// Adds accept, reject and correct to the signals that a fragment brought.
function addActs() {
  const acts = $("#acts").content.firstElementChild;
  for (const proof of $$("#findings .proof[data-signal]:not(:has(.acts))")) {
    const mine = acts.cloneNode(true);
    const about = $(".dim", proof)?.textContent ?? "";
    for (const button of mine.children) button.setAttribute("aria-label", `${button.getAttribute("aria-label")} ${about}`);
    mine.firstElementChild.setAttribute("aria-pressed", String(proof.classList.contains("confirmed")));
    $(".proof-foot", proof).append(mine);
  }
}

const proofs = () => $$(".proof[data-signal], .proof[data-turn]", $("#findings")).filter((p) => p.checkVisibility());

function choose(proof, { focus = true, scroll = true } = {}) {
  here?.classList.remove("at");
  here = proof;
  if (!proof) return;
  proof.classList.add("at");
  if (focus) proof.focus({ preventScroll: true });
  if (scroll) proof.scrollIntoView({ block: "nearest" });
  if (proof.dataset.turn) transcript.show(proof.dataset.turn, { signal: proof.dataset.signal });
}

function step(by) {
  const all = proofs();
  if (!all.length) return;
  const at = all.indexOf(here);
  choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))]);
}

function play(proof) {
  choose(proof, { focus: false, scroll: false });
  if (!player.there || !proof.dataset.start) return showPane("transcript", proof);
  const start = Number(proof.dataset.start);
  const end = proof.dataset.end ? Number(proof.dataset.end) : (endOf(proof.dataset.turn) ?? start + 8);
  player.between(start, end);
}

const endOf = (turn) => {
  const row = transcript.row(turn);
  return row?.dataset.end ? Number(row.dataset.end) : null;
};

function judge(proof, verdict, change = {}) {
  const { signal } = proof.dataset;
  return act(`${base}/signals/${encodeURIComponent(signal)}`, { verdict, change }, { signal });
}

async function act(path, body, { remember = true, signal = null } = {}) {
  if (busy) return;
  busy = true;
  document.body.setAttribute("aria-busy", "true");
  try {
    const answer = await post(path + query, body);
    await take(answer, remember ? null : signal);
    if (remember && answer.undo) undos.push({ ...answer.undo, signal });
    toast(answer.message, remember && answer.undo ? { action: undo, label: "Undo" } : {});
  } catch (error) {
    toast(error.message, { bad: true });
  } finally {
    busy = false;
    document.body.removeAttribute("aria-busy");
  }
}

function undo() {
  const last = undos.pop();
  if (!last) return toast("There is nothing to undo.");
  act(last.path, last.body, { remember: false, signal: last.signal });
}

// Puts in place what an answer carries, and keeps the place of the one who reads (or goes to `back`).
async function take(answer, back = null) {
  const place = here && { signal: here.dataset.signal, at: proofs().indexOf(here), focus: here.contains(document.activeElement) };
  const opened = $$("#findings details[open] > summary").map((summary) => summary.firstChild.textContent);
  const speakersOpen = $(".speakers")?.open;
  for (const part of ["verdict", "findings", "speakers"]) {
    if (answer.html[part] !== undefined) swap($(`#${part}`), answer.html[part]);
  }
  addActs();
  for (const summary of $$("#findings details > summary")) {
    if (opened.includes(summary.firstChild.textContent)) summary.parentElement.open = true;
  }
  if (speakersOpen) $(".speakers").open = true;
  await transcript.take(answer);
  call.dataset.stamp = answer.stamp;
  if (place || back) {
    const all = proofs();
    const wanted = back ?? place.signal;
    const same = all.find((proof) => proof.dataset.signal === wanted && !proof.closest(".tone-away"));
    const next = same ?? (place ? all[Math.min(place.at, all.length - 1)] : null);
    choose(next ?? null, { focus: place ? place.focus : true, scroll: Boolean(back) });
  }
  ticks();
  if (answer.reading) waitForReading();
}

function ticks() {
  const places = proofs().filter((proof) => proof.dataset.start).map((proof) => ({
    start: Number(proof.dataset.start), family: [...proof.classList].find((name) => name.startsWith("f-")) ?? "",
  }));
  player.mark(places, Number($("#seek")?.max));
}

// ---- the text is read again after an edit of the speakers; somebody else may have changed the call

let waiting = false;
const occupied = () => busy || Boolean($("dialog[open], #speakers input:focus"));
async function waitForReading() {
  if (waiting) return;
  waiting = true;
  $("#reading").hidden = false;
  try {
    for (let wait = 0.5; ; wait = Math.min(wait * 1.3, 4)) {
      await pause(wait);
      const state = await getJson(`${base}/state`);
      if (!state.reading && !occupied()) {
        if (state.stamp !== call.dataset.stamp) await take(await getJson(`${base}/parts${query}`));
        break;
      }
    }
  } catch (error) {
    toast(error.message, { bad: true });
  } finally {
    waiting = false;
    $("#reading").hidden = true;
  }
}

document.addEventListener("visibilitychange", async () => {
  if (document.hidden || waiting || occupied()) return;
  const state = await getJson(`${base}/state`).catch(() => null);
  if (!state) return;
  if (state.reading) waitForReading();
  else if (state.stamp && state.stamp !== call.dataset.stamp) await take(await getJson(`${base}/parts${query}`));
});

// ---- correcting

async function correct(proof) {
  const dialog = $("#correct");
  const path = `${base}/signals/${encodeURIComponent(proof.dataset.signal)}`;
  try {
    swap(dialog, await getText(`${path}/form`));
  } catch (error) {
    return toast(error.message, { bad: true });
  }
  dialog.onclose = () => {
    if (dialog.returnValue !== "save") return proof.isConnected && proof.focus();
    const change = Object.fromEntries([...new FormData($("form", dialog))].map(([name, value]) => [name, String(value).trim()]));
    return judge(proof, "corrected", change);
  };
  dialog.returnValue = "";
  dialog.showModal();
}

// ---- what is pressed

$("#findings").addEventListener("click", (event) => {
  const proof = event.target.closest(".proof");
  if (!proof) return;
  const what = event.target.closest("[data-act]")?.dataset.act;
  if (what === "play") play(proof);
  else if (what === "correct") { choose(proof, { focus: false, scroll: false }); correct(proof); }
  else if (what) { choose(proof, { focus: false, scroll: false }); judge(proof, what); }
  else choose(proof, { focus: false, scroll: false });
});

$("#findings").addEventListener("focusin", (event) => {
  const proof = event.target.closest(".proof");
  if (proof && proof !== here) choose(proof, { focus: false, scroll: false });
});

$("#turns").addEventListener("click", (event) => {
  const row = event.target.closest(".turn");
  const what = event.target.closest("[data-act]")?.dataset.act;
  const mark = event.target.closest("mark");
  if (what === "at") player.between(Number(row.dataset.start), null);
  else if (what === "who") askWho(row, sendEdits);
  else if (mark?.dataset.signals) {
    const [signal] = mark.dataset.signals.split(" ");
    const proof = $(`#findings .proof[data-signal="${CSS.escape(signal)}"]`);
    proof?.closest("details")?.setAttribute("open", "");
    if (proof) { showPane("findings"); choose(proof); }
  }
});

function sendEdits(edits, fromTurn = false) {
  act(`${base}/speakers`, { edits, from_turn: fromTurn });
}
watchSpeakers(sendEdits);

function showPane(name, proof = null) {
  $(".panes").dataset.pane = name;
  for (const tab of $$(".panes-switch [role=tab]")) tab.setAttribute("aria-selected", String(tab.dataset.pane === name));
  const tabs = $(".panes-switch");
  if (tabs.checkVisibility() && tabs.getBoundingClientRect().top > 120) tabs.scrollIntoView();
  if (proof?.dataset.turn) transcript.show(proof.dataset.turn, { signal: proof.dataset.signal });
}
for (const tab of $$(".panes-switch [role=tab]")) tab.addEventListener("click", () => showPane(tab.dataset.pane));

document.addEventListener("click", async (event) => {
  if (!event.target.closest("#copy-questions")) return;
  const lines = $$("#questions .question").map((question) => `- ${question.textContent}`);
  try {
    await navigator.clipboard.writeText(`${lines.join("\n")}\n`);
    toast("Copied.");
  } catch {
    toast("The browser did not allow copying. Mark the questions and copy them yourself.", { bad: true });
  }
});

$("#profile")?.addEventListener("change", (event) => location.assign(`${base}?profile=${encodeURIComponent(event.target.value)}`));
$("#help-open").addEventListener("click", () => $("#help").showModal());

function setFollow(on) {
  transcript.follow = on;
  $("#follow")?.setAttribute("aria-pressed", String(on));
}
$("#follow")?.addEventListener("click", () => setFollow(!transcript.follow));
$("#turns").addEventListener("wheel", () => { if (player.playing) setFollow(false); }, { passive: true });
player.onMove((seconds) => transcript.at(seconds));

const onProof = (what) => () => here && here.isConnected && what(here);
const away = (proof) => Boolean(proof.closest(".tone-away"));
const KEYS = {
  n: () => step(1), j: () => step(1), p: () => step(-1), k: () => step(-1),
  Enter: onProof(play),
  a: onProof((proof) => proof.dataset.signal && judge(proof, away(proof) ? "withdrawn" : "confirmed")),
  r: onProof((proof) => proof.dataset.signal && !away(proof) && judge(proof, "rejected")),
  c: onProof((proof) => proof.dataset.signal && !away(proof) && correct(proof)),
  u: undo,
  " ": () => player.toggle(),
  ArrowLeft: () => player.skip(-5), ArrowRight: () => player.skip(5),
  "[": () => player.faster(-1), "]": () => player.faster(1),
  f: () => setFollow(!transcript.follow),
  "/": () => { showPane("transcript"); $("#find").focus(); },
  "?": () => $("#help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const { target } = event;
  if (event.key === "Escape" && target.id === "find") return target.blur();
  if (target.closest("dialog[open], input, select, textarea") || document.querySelector("dialog[open]")) return;
  if ([" ", "Enter"].includes(event.key) && target.closest("button, a, summary")) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

addActs();
ticks();
if (call.dataset.reading) waitForReading();
call.dataset.ready = "yes";
