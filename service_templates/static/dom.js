// The few things that both pages do: make elements, fetch JSON.

/** An element with properties and children; text is always text, never markup. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

let key = "";

/** `fetch` with the key that the reader gave; where the service wants one, the page asks for it first. */
export async function ask(path, options = {}) {
  for (;;) {
    const headers = { ...options.headers, ...(key ? { "x-api-key": key } : {}) };
    const response = await fetch(path, { ...options, headers });
    if (response.status !== 401) return response;
    key = await askedKey(key !== "");
  }
}

let asking = null;

function askedKey(wrong) {
  asking ??= new Promise((resolve) => {
    const input = make("input", { type: "password", id: "key", autocomplete: "off", required: true });
    const label = make("label", { htmlFor: "key" }, wrong ? "That key is not known. The service's API key" : "The service's API key");
    const form = make("form", { className: "key" }, label, input, make("button", { type: "submit" }, "Go on"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.remove();
      asking = null;
      resolve(input.value);
    });
    document.querySelector("main").before(form);
    input.focus();
  });
  return asking;
}

export async function json(path) {
  const response = await ask(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export function show(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function short(digest) {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}
