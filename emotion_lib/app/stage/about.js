// The tab that says how often the model is right, what it must not be used for, and whose it is.

import { confusionTable } from "./confusion_table.js";
import { element } from "./dom.js";
import { loadExamples } from "./examples.js";
import { colorVariable } from "./palette.js";
import { inWords } from "./wording.js";

export async function mount(panel, stage) {
  panel.append(element("h2", { class: "visually-hidden" }, "About"));
  const column = element("div", { class: "about-main" });
  const side = element("div", { class: "about-side" });
  panel.append(element("div", { class: "about" }, column, side));
  let about;
  try {
    about = await stage.engine.about();
  } catch (error) {
    column.append(element("p", { class: "notice fault", role: "alert" }, error.message));
    return;
  }
  const examples = await loadExamples(stage.base).catch(() => []);
  const severalModels = about.models.length > 1;
  for (const model of about.models) column.append(...modelSections(model, severalModels));
  column.append(section("about-credits", "Licences", creditTable(about.credits, examples)));
  side.append(
    section("about-prohibited", "What it must not be used for", list(about.prohibited)),
    section("about-limits", "Limits", list(about.limits)),
    section("about-cite", "How to cite", element("p", {}, about.cite)),
    section("about-versions", "Versions", facts(Object.entries(about.versions))),
  );
}

function modelSections(model, isOneOfSeveral) {
  const suffix = isOneOfSeveral ? ` of ${model.name}` : "";
  const [test] = model.evaluations;
  const sections = [section(null, `The model${suffix}`, ...introduction(model, test))];
  if (!test) return sections;
  sections.push(section(null, `How often it is right${suffix}`, evaluationTable(model)));
  sections.push(section("about-recall", `How well it recognises each expression${suffix}`, ...recall(model)));
  if (model.confusion) {
    sections.push(section("about-confusion", `What it takes for what${suffix}`, ...confusion(model)));
  }
  if (model.reliability.length) {
    sections.push(section("about-confidence", `What its confidence means${suffix}`, ...confidence(model)));
  }
  sections.push(section(null, `How it was made${suffix}`, facts(originOf(model))));
  return sections;
}

function introduction(model, test) {
  const paragraphs = [
    element(
      "p",
      {},
      `It says which of ${inWords(model.class_names.length)} expressions a viewer would perceive in ` +
        "a face. It does not know what a person feels.",
    ),
  ];
  if (!test) {
    const text = "There is no record beside this model, so nothing is known of how often it is right.";
    paragraphs.push(element("p", {}, text));
    return paragraphs;
  }
  const [low, high] = test.accuracy_interval_95;
  const text =
    `Of ${count(test.n)} ${dataName(model)} pictures that it had never seen, its answer was the label in ` +
    `${share(test.accuracy)} (95 % interval: ${share(low)} to ${share(high)}).`;
  paragraphs.push(element("p", {}, text));
  return paragraphs;
}

function evaluationTable(model) {
  const rows = model.evaluations.map((part) => {
    const [low, high] = part.accuracy_interval_95;
    return [
      part.name,
      count(part.n),
      `${share(part.accuracy)} (${share(low)} to ${share(high)})`,
      part.balanced_accuracy === null ? "" : share(part.balanced_accuracy),
    ];
  });
  const heads = ["Pictures", "Number", "Right (95 % interval)", "Mean over expressions"];
  return table("Evaluations", heads, rows);
}

/** Bars of recall per class, in the colours of the expressions, with the interval as a line. */
function recall(model) {
  const bars = element("ul", { class: "recall" });
  for (const part of model.recall) {
    if (part.recall === null) continue;
    bars.append(recallBar(part));
  }
  const text =
    "The share of test pictures with this label that get it as the answer; the line is the 95 % interval, " +
    "which is wide where there are few pictures.";
  return [element("p", {}, text), bars];
}

function recallBar({ name, recall: value, n, interval_95: interval }) {
  const fill = element("span", { class: "fill" });
  fill.style.setProperty("--share", value);
  fill.style.setProperty("--face", colorVariable(name));
  const track = element("span", { class: "track", "aria-hidden": "true" }, fill);
  let words = share(value);
  if (interval) {
    const whisker = element("span", { class: "whisker" });
    whisker.style.setProperty("--low", interval[0]);
    whisker.style.setProperty("--high", interval[1]);
    track.append(whisker);
    words += ` (${share(interval[0])} to ${share(interval[1])})`;
  }
  if (n) words += `, n\u00a0=\u00a0${count(n)}`;
  return element(
    "li",
    {},
    element("span", { class: "name" }, name),
    track,
    element("span", { class: "share" }, words),
  );
}

function confusion(model) {
  const text =
    `${count(model.confusion.n)} ${model.confusion.split} pictures. A row holds the pictures with one label, ` +
    "and says what they were taken for.";
  return [element("p", {}, text), confusionTable(model.confusion.counts, model.class_names)];
}

function confidence(model) {
  const rows = model.reliability.map(({ from, to, n, agreed }) => [
    `${share(from)} to ${share(to)}`,
    `${share(agreed / n)}`,
    count(n),
  ]);
  const parts = [];
  const answered = model.answered.test;
  const first = `Below ${share(model.threshold)} it answers "not sure".`;
  const second = answered
    ? ` Of the test pictures it answers ${share(answered.coverage)}, and ${share(1 - answered.risk)} of these ` +
      "answers are the label."
    : "";
  parts.push(element("p", {}, first + second));
  const heads = ["Confidence", "Labelled so", "Pictures"];
  parts.push(table("Confidence, and how often it was right on validation pictures", heads, rows));
  return parts;
}

function originOf(model) {
  const facts = [];
  const { images } = model;
  if (model.run) facts.push(["Run", `${model.run}, commit ${model.commit}, seed ${model.seed}, ${model.date}`]);
  if (images.train) facts.push(["Data", `${dataName(model)}, ${count(images.train)} training pictures`]);
  if (model.trained) facts.push(["Training", model.trained]);
  if (model.made_of.length) facts.push(["Teachers or members", model.made_of.join(", ")]);
  if (model.parameters) facts.push(["Size", sizeOf(model)]);
  if (model.input_shape.length) facts.push(["Input", `${model.input_shape.join(" x ")}, pixels 0 to 255`]);
  return facts;
}

function sizeOf({ parameters, bytes, multiply_adds: work }) {
  const parts = [`${count(parameters)} parameters`];
  if (bytes) parts.push(`${(bytes / 1e6).toFixed(1)} MB`);
  if (work) parts.push(`${Math.round(work / 1e6)} million multiply-adds per face`);
  return parts.join(", ");
}

function creditTable(credits, examples) {
  const rows = credits.map(({ name, what, licence }) => [name, what, licence]);
  for (const { title, credit } of examples) rows.push([`Example "${title}"`, "picture", credit ?? ""]);
  return table("Licences of what this page is made of", ["Part", "What it is", "Licence or origin"], rows);
}

function section(id, title, ...content) {
  return element("section", { class: "about-part", id }, element("h3", {}, title), ...content);
}

function list(sentences) {
  return element("ul", { class: "sentences" }, ...sentences.map((text) => element("li", {}, text)));
}

function facts(pairs) {
  const terms = pairs.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]);
  return element("dl", { class: "facts" }, ...terms);
}

function table(caption, heads, rows) {
  const body = rows.map(([first, ...others]) => {
    const cells = others.map((text) => element("td", {}, text));
    return element("tr", {}, element("th", { scope: "row" }, first), ...cells);
  });
  const top = heads.map((title) => element("th", { scope: "col" }, title));
  return element(
    "div",
    // Where it is too narrow, the keyboard can scroll it.
    { class: "table-frame", role: "region", "aria-label": caption, tabindex: "0" },
    element(
      "table",
      {},
      element("caption", { class: "visually-hidden" }, caption),
      element("thead", {}, element("tr", {}, ...top)),
      element("tbody", {}, ...body),
    ),
  );
}

function dataName({ data }) {
  return data === "fer2013" ? "FER-2013" : (data ?? "");
}

/** "91.6 %": with one decimal, as in the model card, and never broken into two lines. */
function share(value) {
  return `${(100 * value).toFixed(1)}\u00a0%`;
}

function count(number) {
  return number.toLocaleString("en");
}
