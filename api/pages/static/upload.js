// Many files at once: guessed fields, two uploads at a time, then how far each analysis is.
import { $, $$, nodes, post, toast, token } from "./dom.js";
import { guess } from "./guess.js";
import { ended, follow } from "./states.js";

const AT_ONCE = 2;
const items = [];
const most = Number($("#drop").dataset.most) * 1024 * 1024;
let following = false;

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function add(file) {
  const row = $("#file-row").content.firstElementChild.cloneNode(true);
  const item = { file, row, state: "ready", request: null, id: null };
  $(".file-name", row).textContent = file.name;
  $(".file-size", row).textContent = size(file.size);
  for (const [name, value] of Object.entries(guess(file.name))) $(`[name="${name}"]`, row).value = value;
  $(".file-stop", row).addEventListener("click", () => stop(item));
  $(".file-retry", row).addEventListener("click", () => retry(item));
  $("#files").append(row);
  items.push(item);
  if (!file.size) fail(item, "The file is empty.");
  else if (file.size > most) fail(item, `The file is larger than ${$("#drop").dataset.most} MiB.`);
  else say(item, "");
  $("#queue").hidden = false;
  tally();
}

function say(item, text, tone = "") {
  const state = $(".file-state", item.row);
  state.textContent = text;
  state.className = `file-state ${tone}`;
}

function fail(item, text) {
  item.state = "failed";
  item.row.classList.add("bad-file");
  say(item, text, "bad");
  $(".file-retry", item.row).hidden = !item.file.size || item.file.size > most;
  $(".file-stop", item.row).textContent = "Remove";
  $("progress", item.row).hidden = true;
  tally();
}

function form(item) {
  const data = new FormData();
  const defaults = new FormData($("#defaults"));
  for (const name of ["rep", "seller", "language", "consent"]) {
    const value = (defaults.get(name) ?? "").trim();
    if (value) data.append(name, value);
  }
  const wanted = defaults.getAll("profiles");
  const all = $$('[name="profiles"]', $("#defaults"));
  if (wanted.length && wanted.length < all.length) data.append("profiles", wanted.join(","));
  for (const input of $$(".file-fields input", item.row)) {
    const value = input.value.trim();
    if (value) data.append(input.name, input.name === "recorded_at" ? `${value}T00:00:00Z` : value);
  }
  data.append("file", item.file, item.file.name);
  return data;
}

function send(item) {
  const request = new XMLHttpRequest();
  const bar = $("progress", item.row);
  Object.assign(item, { state: "sending", request });
  item.row.classList.remove("bad-file");
  $(".file-retry", item.row).hidden = true;
  $(".file-stop", item.row).textContent = "Cancel";
  $(".file-fields", item.row).inert = true;
  bar.hidden = false;
  say(item, "uploading");
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    say(item, event.loaded < event.total ? `uploading ${Math.round(bar.value * 100)} %` : "checking the file");
  });
  request.addEventListener("load", () => taken(item, request));
  request.addEventListener("error", () => done(item, () => fail(item, "The connection broke off. Try again.")));
  request.addEventListener("abort", () => done(item, () => {}));
  request.open("POST", "/v1/calls");
  request.setRequestHeader("X-CSRF-Token", token());
  request.setRequestHeader("Accept", "application/json");
  request.send(form(item));
}

function done(item, then) {
  item.request = null;
  $(".file-fields", item.row).inert = false;
  then();
  next();
}

function taken(item, request) {
  done(item, () => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      // a proxy's page, say; the status tells enough
    }
    if (request.status === 401) return fail(item, "Your session has ended. Sign in again in another tab, then try again.");
    if (request.status >= 300) {
      const { field, message } = answer.error ?? {};
      const where = field && !["file", "content"].includes(field) ? `${field} ` : "";
      return fail(item, message ? `${where}${message}` : `The service answered ${request.status}.`);
    }
    Object.assign(item, { state: "working", id: answer.id });
    $(".file-fields", item.row).hidden = true;
    const open = $(".file-open", item.row);
    open.href = `/calls/${encodeURIComponent(answer.id)}`;
    open.hidden = false;
    say(item, answer.new ? "waits" : "was there already", "dim");
    $("progress", item.row).value = 0;
    watch();
  });
}

function watch() {
  if (following) return;
  following = true;
  const working = () => items.filter((item) => item.state === "working").map((item) => item.id);
  follow(working, show).finally(() => { following = false; });
}

function show(state) {
  for (const item of items.filter((one) => one.id === state.id && one.state === "working")) {
    const bar = $("progress", item.row);
    bar.value = state.progress;
    $(".file-state", item.row).replaceChildren(nodes(state.html));
    if (!state.ended) continue;
    bar.hidden = true;
    item.state = state.status === "done" ? "done" : "failed";
    $(".file-stop", item.row).textContent = "Remove";
    $(".file-retry", item.row).hidden = state.status === "done";
    if (state.status === "done") {
      const tier = document.createElement("b");
      tier.textContent = state.tier ? `Tier ${state.tier}` : "";
      $(".file-state", item.row).prepend(tier, " ");
    } else {
      item.row.classList.add("bad-file");
      if (state.remedy) $(".file-state", item.row).append(` ${state.remedy}`);
    }
  }
  tally();
}

async function stop(item) {
  if (item.state === "sending") {
    item.request.abort();
    item.state = "ready";
    $("progress", item.row).hidden = true;
    $(".file-stop", item.row).textContent = "Remove";
    say(item, "stopped", "dim");
  } else if (item.state === "working") {
    try {
      await post(`/v1/calls/${encodeURIComponent(item.id)}/cancel`);
      say(item, "stopping", "dim");
    } catch (error) {
      toast(error.message, { bad: true });
    }
  } else {
    items.splice(items.indexOf(item), 1);
    item.row.remove();
    if (!items.length) $("#queue").hidden = true;
  }
  tally();
}

async function retry(item) {
  if (!item.id) {
    item.state = "waiting";
    say(item, "waits for its turn", "dim");
    return next();
  }
  try {
    await post(`/v1/calls/${encodeURIComponent(item.id)}/retry`);
    item.state = "working";
    item.row.classList.remove("bad-file");
    $("progress", item.row).hidden = false;
    $(".file-retry", item.row).hidden = true;
    $(".file-stop", item.row).textContent = "Cancel";
    watch();
  } catch (error) {
    toast(error.message, { bad: true });
  }
}

function next() {
  const sending = items.filter((item) => item.state === "sending").length;
  items.filter((item) => item.state === "waiting").slice(0, AT_ONCE - sending).forEach(send);
  tally();
}

function tally() {
  const count = (...states) => items.filter((item) => states.includes(item.state)).length;
  const parts = [
    [count("ready"), "ready"], [count("waiting", "sending"), "uploading"], [count("working"), "in work"],
    [count("done"), "done"], [count("failed"), "failed"],
  ];
  $("#tally").textContent = parts.filter(([n]) => n).map(([n, word]) => `${n} ${word}`).join(" · ");
  $("#start").disabled = !count("ready");
  $("#start").textContent = count("ready") > 1 ? `Upload ${count("ready")} files` : "Upload";
  $("#clear").hidden = !count("done");
}

$("#start").addEventListener("click", () => {
  if (!$("#defaults").reportValidity()) return;
  for (const item of items.filter((one) => one.state === "ready")) {
    item.state = "waiting";
    say(item, "waits for its turn", "dim");
  }
  next();
});
$("#clear").addEventListener("click", () => items.filter((item) => item.state === "done").forEach(stop));
$("#pick").addEventListener("change", (event) => {
  [...event.target.files].forEach(add);
  event.target.value = "";
});
$("#defaults").addEventListener("submit", (event) => event.preventDefault());

const drop = $("#drop");
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  [...event.dataTransfer.files].forEach(add);
});
addEventListener("beforeunload", (event) => {
  if (items.some((item) => ["sending", "waiting"].includes(item.state))) event.preventDefault();
});
