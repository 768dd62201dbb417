// Light and dark: the system's choice, until the visitor chooses another.

const STORE = "emotion-lab-theme";

/** The look of the stage; it is kept in the browser if the visitor chooses one. */
export class Theme {
  /** @param {HTMLElement} host gets the attribute data-theme. */
  constructor(host) {
    this.host = host;
    this.system = matchMedia("(prefers-color-scheme: dark)");
    this.system.addEventListener("change", () => this.apply());
    this.chosen = recall();
    this.apply();
  }

  get isDark() {
    return this.chosen ? this.chosen === "dark" : this.system.matches;
  }

  /** Change to the other look, and remember it. */
  toggle() {
    this.chosen = this.isDark ? "light" : "dark";
    try {
      localStorage.setItem(STORE, this.chosen);
    } catch {
      // A browser without storage forgets the choice.
    }
    this.apply();
  }

  apply() {
    this.host.dataset.theme = this.isDark ? "dark" : "light";
    // Gradio's surroundings, and the browser's own scroll bars.
    document.body.classList.toggle("dark", this.isDark);
    document.documentElement.style.colorScheme = this.isDark ? "dark" : "light";
    this.host.dispatchEvent(new CustomEvent("theme"));
  }
}

function recall() {
  try {
    const value = localStorage.getItem(STORE);
    return ["light", "dark"].includes(value) ? value : null;
  } catch {
    return null;
  }
}
