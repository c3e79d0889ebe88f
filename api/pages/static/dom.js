// What all scripts share: requests with the session's token, server-made fragments, short messages.
// Text from calls only ever becomes HTML on the server; here it goes through textContent.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const token = () => $('meta[name="csrf"]')?.content ?? "";

export class Refused extends Error {}

async function answered(response, wanted) {
  if (response.status === 401) {
    location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    throw new Refused("Your session has ended.");
  }
  if (!response.ok) throw new Refused(await reason(response));
  return wanted === "json" ? response.json() : response.text();
}

async function reason(response) {
  try {
    const { error } = await response.json();
    return error.field ? `${error.field}: ${error.message}` : error.message;
  } catch {
    return `The service answered ${response.status}.`;
  }
}

async function ask(path, options, wanted) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused("The service does not answer. Try again in a moment.");
  }
  return answered(response, wanted);
}

export const getJson = (path) => ask(path, { headers: { Accept: "application/json" } }, "json");
export const getText = (path) => ask(path, { headers: { Accept: "application/json" } }, "text");
export const post = (path, body) =>
  ask(
    path,
    {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": token() },
      body: JSON.stringify(body ?? {}),
    },
    "json",
  );

// The nodes of a fragment that the server rendered.
export function nodes(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

export const swap = (element, html) => element.replaceChildren(nodes(html));

export function toast(text, { bad = false, action = null, label = "", seconds = 6 } = {}) {
  const box = document.createElement("div");
  box.className = bad ? "toast bad" : "toast";
  const words = document.createElement("span");
  words.textContent = text;
  box.append(words);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => { box.remove(); action(); });
    box.append(button);
  }
  $("#toasts").replaceChildren(box);
  setTimeout(() => box.remove(), (bad ? 2 : 1) * seconds * 1000);
}

export const clock = (seconds) => {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

export const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
