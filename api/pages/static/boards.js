// What the boards share: parts that come later, menus that submit, lists to copy, a last question.
import { $, $$, getText, pause, swap, toast } from "./dom.js";

for (const menu of $$("[data-submit]")) menu.addEventListener("change", () => menu.form.submit());

// The board: asks again until every deal is assessed.
async function fillBoard(board) {
  for (let last = -1; ; ) {
    const waiting = Number($("#board-state", board)?.dataset.waiting ?? 0);
    if (!waiting) return;
    if (waiting === last) await pause(1);
    last = waiting;
    try {
      swap(board, await getText(board.dataset.path));
    } catch (error) {
      return toast(error.message, { bad: true });
    }
  }
}
if ($("#board")) fillBoard($("#board"));

// Parts of a page that take a while.
for (const part of $$("[data-part]")) {
  getText(part.dataset.part)
    .then((html) => swap(part, html))
    .catch((error) => { part.textContent = error.message; part.classList.add("problem"); })
    .finally(() => part.removeAttribute("aria-busy"));
}

for (const button of $$("[data-copy]")) {
  button.addEventListener("click", async () => {
    const lines = $$(button.dataset.copy).map((item) => item.textContent.trim());
    const text = button.dataset.head ? `${button.dataset.head}:\n${lines.map((line) => `- ${line}`).join("\n")}\n` : lines.join("\n");
    try {
      await navigator.clipboard.writeText(text);
      toast("Copied.");
    } catch {
      toast("The browser does not allow copying here.", { bad: true });
    }
  });
}

// A rule's details open when a link names them.
function openNamed() {
  const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named && named.tagName === "DETAILS") named.open = true;
}
addEventListener("hashchange", openNamed);
openNamed();

// What cannot be taken back is asked once more, in words from the form.
for (const form of $$("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sure) return;
    event.preventDefault();
    const dialog = $("#confirm");
    $("p", dialog).textContent = form.dataset.confirm;
    $("[value=yes]", dialog).textContent = form.dataset.label ?? "Yes";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return;
      form.dataset.sure = "yes";
      form.requestSubmit();
    }, { once: true });
  });
}

