// The transcript: loads in parts, follows the sound, finds words, shows where a quote stands.
import { $, $$, getText, nodes } from "./dom.js";

const reduced = matchMedia("(prefers-reduced-motion: reduce)");

export class Transcript {
  constructor(call) {
    this.call = call;
    this.list = $("#turns");
    this.follow = true;
    this.times = [];
    this.current = null;
    this.loaded = this.#loadRest();
    $("#find").addEventListener("input", () => this.find());
    $("#find").addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.find(event.shiftKey ? -1 : 1);
    });
  }

  row(turn) { return document.getElementById(`t${turn}`); }

  // Replaces the rows that an answer carries: all of them, or some.
  async take({ html, rows, total }) {
    if (html.turns !== undefined) {
      const top = this.list.scrollTop;
      const enough = this.list.children.length;
      this.list.replaceChildren(nodes(html.turns));
      this.call.dataset.total = total;
      this.loaded = this.#loadRest();
      if (top > 0 && enough > this.list.children.length) await this.loaded;
      this.list.scrollTop = top;
    }
    for (const [turn, text] of Object.entries(rows)) this.row(turn)?.replaceWith(nodes(text));
    this.#index();
  }

  // Brings a turn into view; waits for it when it is not loaded yet.
  async show(turn, { signal = null, mark = true } = {}) {
    if (!this.row(turn)) await this.loaded;
    const row = this.row(turn);
    if (!row) return;
    $$(".target", this.list).forEach((other) => other.classList.remove("target"));
    $$("mark.hot", this.list).forEach((other) => other.classList.remove("hot"));
    if (mark) row.classList.add("target");
    if (signal) {
      $$("mark", row).filter((one) => one.dataset.signals.split(" ").includes(signal)).forEach((one) => one.classList.add("hot"));
    }
    this.#into(row);
  }

  // The turn that is being said now.
  at(seconds) {
    let low = 0;
    let high = this.times.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.times[middle].start <= seconds + 0.05) low = middle;
      else high = middle - 1;
    }
    const found = this.times[low]?.row ?? null;
    if (found === this.current) return;
    this.current?.classList.remove("now");
    this.current = found;
    found?.classList.add("now");
    if (found && this.follow && this.list.offsetParent) this.#into(found);
  }

  find(step = 0) {
    const wanted = $("#find").value.trim().toLowerCase();
    if (step === 0) {
      this.hits = [];
      this.hit = -1;
      if (wanted.length > 1) {
        const walker = document.createTreeWalker(this.list, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node && this.hits.length < 500; node = walker.nextNode()) {
          const text = node.data.toLowerCase();
          for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
            const range = new Range();
            range.setStart(node, at);
            range.setEnd(node, Math.min(node.length, at + wanted.length));
            this.hits.push(range);
          }
        }
      }
      step = 1;
    }
    const count = this.hits?.length ?? 0;
    if (count) {
      this.hit = (this.hit + step + count) % count;
      this.#into(this.hits[this.hit].startContainer.parentElement.closest(".turn"));
    }
    if (CSS.highlights) {
      CSS.highlights.set("found", new Highlight(...(this.hits ?? [])));
      CSS.highlights.set("found-now", new Highlight(...(count ? [this.hits[this.hit]] : [])));
    }
    $("#found").textContent = wanted.length > 1 ? (count ? `${this.hit + 1}/${count}` : "none") : "";
  }

  #into(row) {
    const [box, list] = [row.getBoundingClientRect(), this.list.getBoundingClientRect()];
    if (box.top >= list.top + 20 && box.bottom <= list.bottom - 40) return;
    const far = Math.abs(box.top - list.top) > 3 * list.height;
    const top = this.list.scrollTop + box.top - list.top - list.height * 0.3;
    this.list.scrollTo({ top, behavior: far || reduced.matches ? "instant" : "smooth" });
  }

  async #loadRest() {
    const total = Number(this.call.dataset.total);
    const profile = encodeURIComponent(this.call.dataset.profile);
    let start = this.list.children.length;
    this.#index();
    while (start < total) {
      const html = await getText(`/calls/${this.call.dataset.call}/turns?start=${start}&profile=${profile}`);
      const more = nodes(html);
      if (!more.firstElementChild) break;
      this.list.append(more);
      start = this.list.children.length;
    }
    $("#loading").hidden = true;
    this.#index();
  }

  #index() {
    this.times = $$(".turn[data-start]", this.list)
      .map((row) => ({ row, start: Number(row.dataset.start) }))
      .sort((a, b) => a.start - b.start);
    this.current = null;
  }
}
