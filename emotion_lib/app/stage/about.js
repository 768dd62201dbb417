// The tab that says how often the model is right, what it must not be used for, and whose it is.

import { count, facts, list, paragraph, range, section, share, table } from "./about_parts.js";
import { confusionTable } from "./confusion_table.js";
import { element } from "./dom.js";
import { loadExamples } from "./examples.js";
import { recallBars } from "./recall_bars.js";
import { answersAsViewers, inWords } from "./wording.js";

export async function mount(panel, stage) {
  const about = await stage.engine.about();
  const main = element("div", { class: "about-main" });
  const side = element("div", { class: "about-side" });
  panel.append(
    element("h2", { class: "visually-hidden" }, "About"),
    element("div", { class: "about" }, main, side),
  );
  const examples = await loadExamples(stage.base).catch(() => []);
  const isOne = about.models.length === 1;
  for (const model of about.models) {
    main.append(...modelSections(model, isOne ? "" : ` of ${model.name}`));
  }
  main.append(section("about-credits", "Licences", creditTable(about.credits, examples)));
  side.append(
    section("about-prohibited", "What it must not be used for", list(about.prohibited)),
    section("about-limits", "Limits", list(about.limits)),
    section("about-cite", "How to cite", paragraph(about.cite)),
    section("about-versions", "Versions", facts(Object.entries(about.versions))),
  );
}

function modelSections(model, suffix) {
  const sections = [];
  const add = (title, content) => sections.push(section(null, `${title}${suffix}`, ...content));
  add("The model", introduction(model));
  if (!model.evaluations.length) return sections;
  add("How often it is right", evaluations(model));
  add("How well it recognises each expression", recall(model));
  if (model.confusion) add("What it takes for what", confusion(model));
  if (model.reliability.length) add("What its confidence means", confidence(model));
  add("How it was made", [facts(originOf(model))]);
  return sections;
}

function introduction(model) {
  const number = inWords(model.class_names.length);
  const what = paragraph(
    `It says which of ${number} expressions a viewer would perceive in a face.`,
    "It does not know what a person feels.",
  );
  const [test] = model.evaluations;
  if (!test) {
    return [what, paragraph("It has no record, so it is not known how often it is right.")];
  }
  const agreed =
    `${share(test.accuracy)} of ${count(test.n)} pictures of ${dataName(model)} that it was not ` +
    `trained on (95 % interval: ${range(test.accuracy_interval_95)})`;
  if (answersAsViewers(model)) return [what, ...byViewers(model, agreed)];
  return [what, paragraph(`Its answer agreed with the label in ${agreed}.`)];
}

/** Say how often it agrees with viewers, and beside it with the data set's own labels. */
function byViewers({ evaluations }, agreed) {
  const found = [paragraph(`Its answer was the most frequent one of ten viewers in ${agreed}.`)];
  const own = evaluations.find(({ name }) => name === "test, by FER-2013's own labels");
  if (!own) return found;
  const other = paragraph(
    `With FER-2013's own labels, the words of a picture search that people checked, it agreed in`,
    `${share(own.accuracy)} of ${count(own.n)} pictures.`,
    "Viewers themselves agree with these labels in about two of three pictures.",
  );
  return [...found, other];
}

function evaluations(model) {
  const rows = model.evaluations.map((part) => [
    part.name,
    count(part.n),
    `${share(part.accuracy)} (${range(part.accuracy_interval_95)})`,
    part.balanced_accuracy === null ? "" : share(part.balanced_accuracy),
  ]);
  const heads = ["Pictures", "Number", "Right (95 % interval)", "Mean over expressions"];
  const found = [table("Evaluations", heads, rows)];
  if (!answersAsViewers(model)) return found;
  const text = "Right is the viewers' most frequent answer, except in rows that name other labels.";
  return [paragraph(text), ...found];
}

function recall(model) {
  const text = paragraph(
    answersAsViewers(model)
      ? "The share of test pictures in which viewers saw this expression that get it as the answer."
      : "The share of test pictures with this label that get it as the answer.",
    "The line is the 95 % interval, which is wide where there are few pictures.",
  );
  return [text, recallBars(model.recall)];
}

function confusion(model) {
  const { counts, n, split } = model.confusion;
  const names = model.class_names;
  const label = answersAsViewers(model) ? "in which viewers saw one expression" : "with one label";
  const text = paragraph(
    `${count(n)} ${split} pictures.`,
    `A row holds the pictures ${label}, and says what they were taken for.`,
  );
  return [text, confusionTable(counts, names)];
}

function confidence(model) {
  const sentences = [`Below ${share(model.threshold)} it answers "not sure".`];
  const answered = model.answered.test;
  if (answered) {
    const right = share(1 - answered.risk);
    sentences.push(`Of the test pictures it answers ${share(answered.coverage)};`);
    const whom = answersAsViewers(model) ? "the viewers" : "the label";
    sentences.push(`${right} of these answers agree with ${whom}.`);
  }
  const rows = model.reliability.map(({ from, to, n, agreed }) => [
    range([from, to]),
    share(agreed / n),
    count(n),
  ]);
  const agreed = answersAsViewers(model) ? "Viewers saw the same" : "Labelled so";
  const heads = ["Confidence", agreed, "Validation pictures"];
  return [paragraph(...sentences), table("Confidence, and how often it was right", heads, rows)];
}

function originOf(model) {
  const { images } = model;
  const found = [
    ["Run", `${model.run}, seed ${model.seed}, commit ${model.commit}, ${model.date}`],
  ];
  if (images.train) {
    found.push(["Data", `${dataName(model)}, ${count(images.train)} training pictures`]);
  }
  if (model.trained) found.push(["Training", model.trained]);
  if (model.made_of.length) found.push(["Teachers or members", model.made_of.join(", ")]);
  if (model.parameters) found.push(["Size", sizeOf(model)]);
  if (model.input_shape.length) {
    found.push(["Input", `${model.input_shape.join(" x ")}, pixels 0 to 255`]);
  }
  return found;
}

function sizeOf({ parameters, bytes, multiply_adds: work }) {
  const parts = [`${count(parameters)} parameters`];
  if (bytes) parts.push(`${(bytes / 1e6).toFixed(1)} MB`);
  if (work) parts.push(`${Math.round(work / 1e6)} million multiply-adds per face`);
  return parts.join(", ");
}

function creditTable(credits, examples) {
  const rows = credits.map(({ name, what, licence }) => [name, what, licence]);
  for (const { title, credit, licence } of examples) {
    rows.push([`Example "${title}"`, credit ?? "", licence ?? ""]);
  }
  const heads = ["Part", "What it is", "Licence"];
  return table("Licences of what this page is made of", heads, rows);
}

function dataName({ data }) {
  if (data === "fer2013") return "FER-2013";
  return data === "ferplus perceived" ? "FER-2013 (with FER+)" : (data ?? "its data set");
}
