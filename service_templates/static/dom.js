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

export async function json(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export function show(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function short(digest) {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}
