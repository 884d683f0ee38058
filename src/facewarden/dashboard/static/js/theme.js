// Light, dark, or as the system has it; and whether single letters are commands.

const KEY = "facewarden.theme";
const LETTERS = "facewarden.letters";
export const THEMES = ["system", "light", "dark"];

export function theme() {
  const kept = localStorage.getItem(KEY);
  return THEMES.includes(kept) ? kept : "system";
}

export function setTheme(name) {
  localStorage.setItem(KEY, name);
  applyTheme();
}

export function applyTheme() {
  const name = theme();
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}

/** Letters as commands can be turned off: speech input presses them by accident (WCAG 2.1.4). */
export function lettersOn() {
  return localStorage.getItem(LETTERS) !== "off";
}

export function setLetters(on) {
  localStorage.setItem(LETTERS, on ? "on" : "off");
}
