// The sound: whole, or the seconds behind a quote; the marks on the line; who listens is told.
import { $, $$, clock, toast } from "./dom.js";

const BEFORE = 0.25;
const AFTER = 0.6;
const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];

export class Player {
  constructor() {
    this.audio = $("#audio");
    this.until = null;
    this.listeners = [];
    if (!this.audio) return;
    this.button = $("#play");
    this.line = $("#seek");
    this.button.addEventListener("click", () => this.toggle());
    this.line.addEventListener("input", () => this.seek(Number(this.line.value)));
    $("#speed").addEventListener("change", (event) => { this.audio.playbackRate = Number(event.target.value); });
    for (const skip of $$("[data-skip]")) skip.addEventListener("click", () => this.skip(Number(skip.dataset.skip)));
    this.audio.addEventListener("timeupdate", () => this.#moved());
    for (const kind of ["play", "pause", "ended"]) this.audio.addEventListener(kind, () => this.#shown());
    this.audio.addEventListener("durationchange", () => {
      if (Number.isFinite(this.audio.duration)) this.line.max = this.audio.duration;
    });
    this.audio.addEventListener("error", () => toast("The recording cannot be played here.", { bad: true }));
  }

  get there() { return Boolean(this.audio); }
  get playing() { return this.there && !this.audio.paused; }

  onMove(listener) { this.listeners.push(listener); }

  toggle() {
    if (!this.there) return;
    this.until = null;
    if (this.audio.paused) this.#play();
    else this.audio.pause();
  }

  // Plays from `start` to `end` (seconds), or on from `start`.
  between(start, end) {
    if (!this.there) return;
    this.seek(Math.max(0, start - BEFORE));
    this.until = end === null ? null : end + AFTER;
    this.#play();
  }

  seek(seconds) {
    if (!this.there) return;
    this.until = null;
    this.audio.currentTime = seconds;
    this.#moved();
  }

  skip(seconds) { if (this.there) this.seek(Math.max(0, this.audio.currentTime + seconds)); }

  faster(step) {
    if (!this.there) return;
    const at = SPEEDS.indexOf(this.audio.playbackRate);
    const speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + step))];
    this.audio.playbackRate = speed;
    $("#speed").value = String(speed);
  }

  // Where evidence lies, as small marks over the line.
  mark(places, duration) {
    if (!this.there || !duration) return;
    $("#ticks").replaceChildren(...places.map(({ start, family }) => {
      const tick = document.createElement("i");
      tick.className = family;
      tick.style.left = `${(100 * start) / duration}%`;
      return tick;
    }));
  }

  #play() {
    this.audio.play().catch((error) => {
      if (error.name !== "AbortError") toast("The recording cannot be played here.", { bad: true });
    });
  }

  #moved() {
    const now = this.audio.currentTime;
    if (this.until !== null && now >= this.until) {
      this.until = null;
      this.audio.pause();
    }
    this.line.value = now;
    $("#time").textContent = clock(now);
    for (const listener of this.listeners) listener(now);
  }

  #shown() {
    const on = this.playing;
    $(".i", this.button).className = `i i-${on ? "pause" : "play"}`;
    this.button.setAttribute("aria-label", on ? "Pause" : "Play");
  }
}
