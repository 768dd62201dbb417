// What stands around the tabs: tools, the claim, the footer.

import { element } from "./dom.js";
import { answersAsViewers } from "./wording.js";

const FORGET = "Delete mine now";

/** Return the link to the API's documentation and the button for light and dark. */
export function tools(stage) {
  const box = element("div", { class: "tools" });
  const { docs } = stage.engine;
  if (docs) box.append(element("a", { class: "button", href: docs }, "API"));
  const dark = element("button", { class: "button", id: "dark", type: "button" }, "Dark");
  const update = () => dark.setAttribute("aria-pressed", String(stage.theme.isDark));
  dark.addEventListener("click", () => stage.theme.toggle());
  stage.addEventListener("theme", update);
  update();
  box.append(dark);
  return box;
}

/** Return the line that says what is read, and how often that is right. */
export function claim(stage) {
  const line = element("p", { class: "claim" });
  line.append("The expression others would see, not what a person feels. ");
  const [model] = stage.info.models;
  const { accuracy } = model;
  if (accuracy) {
    const how = () => stage.tabs.choose("about");
    line.append(
      `It agrees with ${answersAsViewers(model) ? "most viewers" : "the label"} `,
      `in ${Math.round(10 * accuracy)} of 10 test pictures `,
      element("button", { class: "link", id: "how", type: "button", onclick: how }, "(how?)"),
    );
  }
  return line;
}

/** Return the footer: what the page must not be used for, and what is kept. */
export function footer(stage) {
  const kept = element("p", { id: "kept" }, stage.engine.keeps ?? "");
  if (stage.engine.forget) kept.append(" ", forgetButton(stage));
  return element(
    "footer",
    { class: "bottom" },
    element("p", {}, "Not for work, school or hiring (EU AI Act, Art. 5(1)(f))."),
    kept,
  );
}

function forgetButton(stage) {
  const button = element("button", { class: "link", id: "forget", type: "button" }, FORGET);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await stage.engine.forget();
      button.textContent = "Deleted";
    } catch (error) {
      button.textContent = error.message;
    }
    setTimeout(() => {
      button.textContent = FORGET;
      button.disabled = false;
    }, 4000);
  });
  return button;
}
