// The API's documentation, made from openapi.json.

import { json, make } from "./dom.js";

const pretty = (value) => make("pre", { tabIndex: 0 }, JSON.stringify(value, null, 2));

function body(content) {
  return Object.entries(content ?? {}).flatMap(([type, { schema, examples }]) => [
    make("h3", {}, make("code", {}, type)),
    ...Object.values(examples ?? {}).map((example) => pretty(example.value)),
    schema?.$ref ? reference(schema.$ref) : examples ? null : pretty(schema),
  ]);
}

function reference(path) {
  const name = path.split("/").pop();
  return make("p", {}, "Schema: ", make("a", { href: `#${name}` }, name));
}

function responses(all) {
  const rows = Object.entries(all).map(([code, { description, content }]) => make(
    "tr", {}, make("td", {}, make("code", {}, code)), make("td", {}, description), make("td", {}, Object.keys(content ?? {}).join(", ")),
  ));
  const head = make("tr", {}, ...["Status", "Meaning", "Content type"].map((text) => make("th", { scope: "col" }, text)));
  return make("div", { className: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
}

function operation(method, path, details, open) {
  return make(
    "details", { open },
    make("summary", {}, make("span", { className: "method" }, method.toUpperCase()), make("code", {}, path), ` ${details.summary}`),
    details.description ? make("p", {}, details.description) : null,
    ...(details.requestBody ? [make("h3", {}, "Request"), ...body(details.requestBody.content)] : []),
    make("h3", {}, "Answers"),
    responses(details.responses),
    ...body(details.responses["200"]?.content),
  );
}

const document_ = await json("/openapi.json");
document.title = `${document_.info.title}: API`;
document.getElementById("name").textContent = `${document_.info.title}: API`;
document.getElementById("version").textContent = document_.info.version;
const operations = Object.entries(document_.paths).flatMap(
  ([path, methods]) => Object.entries(methods).map(([method, details]) => operation(method, path, details, path === "/predict")),
);
document.getElementById("operations").append(...operations);
const schemas = Object.entries(document_.components.schemas);
document.getElementById("schemas").append(...schemas.map(([name, schema]) => make("div", { id: name }, make("h3", {}, name), pretty(schema))));
