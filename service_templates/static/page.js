// The page for people: a form made from the contract, the answer, the model card.

import { ask, json, make, short, show } from "./dom.js";
import { watch } from "./live.js";
import { markdown } from "./markdown.js";

const find = (id) => document.getElementById(id);
const MANY = 24;
const WARNINGS = {
  range: "outside of what training saw",
  category: "a category that training never saw",
  unknown_field: "no field of this model; not used",
};

const isNumber = (field) => /^(u?int|float)/.test(field.dtype);

/** The control of one field: a list where the values are known, else what its type asks for. */
function control(field, position) {
  const id = `field-${position}`;
  const common = { id, name: field.name };
  const option = (value, text = show(value)) => make("option", { value: JSON.stringify(value) }, text);
  const none = field.nullable ? [option(null, "(none)")] : [];
  if (field.categories) return make("select", common, ...none, ...field.categories.map((value) => option(value)));
  if (field.dtype === "bool") return make("select", common, ...none, option(true), option(false));
  if (field.dtype === "string" && !isNumber(field)) return make("textarea", { ...common, rows: 1 });
  const mode = isNumber(field) ? { inputMode: field.dtype.startsWith("float") ? "decimal" : "numeric" } : {};
  return make("input", { ...common, ...mode, autocomplete: "off", placeholder: field.nullable ? "(none)" : "" });
}

/** What a control holds, as JSON; what cannot be a number goes out as text, for the service to refuse. */
function read(field, element) {
  if (element.tagName === "SELECT") return JSON.parse(element.value || "null");
  const text = element.value;
  if (field.dtype === "string") return text === "" && field.nullable ? null : text;
  if (text.trim() === "") return null;
  if (isNumber(field)) return Number.isFinite(Number(text)) ? Number(text) : text;
  if (field.dtype === "vector") {
    try { return JSON.parse(text); } catch { return text; }
  }
  return text.trim();
}

function write(element, value) {
  if (element.tagName === "SELECT") element.value = JSON.stringify(value ?? null);
  else element.value = value === null || value === undefined ? "" : show(value);
}

function values(field) {
  if (field.categories) return field.categories.map(show).join(", ");
  if (field.minimum !== null && field.minimum !== undefined) return `${field.minimum} to ${field.maximum}`;
  return "";
}

function otherwise(field) {
  const parts = [];
  const policy = field.categories ? field.category : values(field) ? field.range : "";
  if (policy === "flag") parts.push("answered with a warning");
  if (policy === "refuse") parts.push("refused");
  if (field.nullable) parts.push("may be null");
  return parts.join("; ");
}

function showContract(model) {
  const rows = model.inputs.map((field) => make(
    "tr", {},
    make("td", {}, make("code", {}, field.name)),
    make("td", {}, field.dtype),
    make("td", {}, values(field)),
    make("td", {}, field.required ? otherwise(field) : "not needed; filled in by the service"),
  ));
  document.querySelector("#contract tbody").append(...rows);
  if (model.ignored.length) find("ignored").textContent = `Accepted and not used: ${model.ignored.join(", ")}`;
  const example = JSON.stringify({ records: model.examples.slice(0, 1) });
  find("curl").textContent = `curl ${location.origin}/predict \\\n  -H 'content-type: application/json' \\\n  -d '${example.replaceAll("'", "'\\''")}'`;
}

function share([label, probability]) {
  return make(
    "div", { className: "share" },
    make("span", {}, label),
    make("meter", { min: 0, max: 1, value: probability, "aria-label": `probability of ${label}` }),
    make("output", {}, `${(100 * probability).toFixed(1)} %`),
  );
}

function showAnswer(answer) {
  const prediction = answer.predictions[0];
  const text = prediction !== null && typeof prediction === "object" ? JSON.stringify(prediction, null, 2) : show(prediction);
  const shares = Object.entries(answer.probabilities?.[0] ?? {}).sort((a, b) => b[1] - a[1]);
  const warnings = (answer.warnings ?? []).map(({ pointer, code }) => {
    return make("p", { className: "warning" }, `${fieldAt(pointer)}: ${WARNINGS[code] ?? code}`);
  });
  find("answer").replaceChildren(make("p", { className: "prediction" }, text), ...shares.slice(0, 10).map(share), ...warnings);
}

const fieldAt = (pointer) => pointer.split("/").pop().replaceAll("~1", "/").replaceAll("~0", "~");

function showProblem(problem, fields) {
  const elsewhere = [];
  for (const { pointer, detail } of problem.errors ?? []) {
    const position = fields.findIndex((field) => field.name === fieldAt(pointer));
    if (position < 0) elsewhere.push(detail);
    else mark(position, detail);
  }
  const lines = [problem.detail, ...elsewhere.filter((line) => line !== problem.detail)];
  find("answer").replaceChildren(...lines.map((line) => make("p", { className: "problem" }, line)));
  document.querySelector("[aria-invalid='true']")?.focus();
}

function mark(position, detail) {
  const element = find(`field-${position}`);
  const hint = make("p", { className: "hint", id: `hint-${position}` }, detail);
  element.setAttribute("aria-invalid", "true");
  element.setAttribute("aria-describedby", hint.id);
  element.after(hint);
}

function clearMarks() {
  for (const hint of document.querySelectorAll(".hint")) hint.remove();
  for (const element of document.querySelectorAll("[aria-invalid]")) element.removeAttribute("aria-invalid");
}

function makeForm(model) {
  const fields = model.inputs.filter((field) => field.required);
  const controls = fields.map(control);
  const fill = () => controls.forEach((element, position) => write(element, model.examples[0]?.[fields[position].name]));
  find("fields").classList.toggle("many", fields.length > MANY);
  find("fields").append(...fields.map((field, position) => {
    const label = make("label", { htmlFor: `field-${position}` }, field.name);
    return make("div", {}, label, controls[position]);
  }));
  fill();
  find("form").addEventListener("reset", (event) => {
    event.preventDefault();
    clearMarks();
    fill();
    find("answer").replaceChildren();
  });
  find("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    clearMarks();
    const record = Object.fromEntries(fields.map((field, position) => [field.name, read(field, controls[position])]));
    await predict(record, fields);
  });
}

async function predict(record, fields) {
  try {
    const body = JSON.stringify({ records: [record] });
    const response = await ask("/predict", { method: "POST", headers: { "content-type": "application/json" }, body });
    const document_ = await response.json();
    if (response.ok) showAnswer(document_);
    else showProblem(document_, fields);
  } catch {
    showProblem({ detail: "The service does not answer." }, fields);
  }
}

async function showState() {
  const ready = await fetch("/health/ready").then((response) => response.ok, () => false);
  find("state").textContent = ready ? "ready" : "not ready";
  find("state").className = `badge ${ready ? "good" : "bad"}`;
}

async function showCard() {
  const response = await ask("/model/card");
  if (!response.ok) return;
  find("card").append(...markdown(await response.text()));
  find("card-section").hidden = false;
}

const model = await json("/model");
document.title = model.name;
find("name").textContent = model.name;
find("version").textContent = `version ${short(model.version)} · contract ${short(model.contract)}`;
showContract(model);
makeForm(model);
await Promise.all([showState(), showCard(), watch()]);
