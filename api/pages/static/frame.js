// The switch between dark, light, and what the system says; kept in a cookie so pages come out right.
import { $ } from "./dom.js";

const THEMES = ["auto", "light", "dark"];
const button = $("#theme");
button?.addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(button.dataset.theme) + 1) % THEMES.length];
  document.documentElement.dataset.theme = button.dataset.theme = next;
  button.title = `Colours: ${next}`;
  button.setAttribute("aria-label", `Colours: ${next}`);
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `icp_theme=${next}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
});
