// The part of Markdown that model cards use, as elements: headings, paragraphs, lists, tables, code, emphasis, links.

import { make } from "./dom.js";

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)/g;

function inline(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(text.slice(end, match.index));
    if (match[1]) parts.push(make("code", {}, match[1]));
    else if (match[2]) parts.push(make("strong", {}, match[2]));
    else if (match[3]) parts.push(make("em", {}, match[3]));
    else parts.push(make("a", { href: match[5], rel: "noreferrer" }, match[4]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

const cells = (line) => line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));

function table(lines) {
  const [head, , ...rows] = lines.map(cells);
  const row = (kind) => (values) => make("tr", {}, ...values.map((value) => make(kind, {}, ...inline(value))));
  const body = make("table", {}, make("thead", {}, row("th")(head)), make("tbody", {}, ...rows.map(row("td"))));
  return make("div", { className: "scroll" }, body);
}

function take(lines, test) {
  const taken = [];
  while (lines.length && test(lines[0])) taken.push(lines.shift());
  return taken;
}

function list(lines) {
  const ordered = /^\d+\./.test(lines[0].trim());
  const items = [];
  for (const line of lines) {
    const start = line.match(/^\s*(?:[-*+]|\d+\.)\s+(.*)$/);
    if (start) items.push(start[1]);
    else items[items.length - 1] += ` ${line.trim()}`;
  }
  return make(ordered ? "ol" : "ul", {}, ...items.map((item) => make("li", {}, ...inline(item))));
}

function block(lines) {
  const line = lines[0];
  if (line.startsWith("```")) {
    lines.shift();
    const code = take(lines, (each) => !each.startsWith("```"));
    lines.shift();
    return make("pre", { tabIndex: 0 }, code.join("\n"));
  }
  const heading = line.match(/^(#{1,6})\s+(.*)$/);
  if (heading) {
    lines.shift();
    return make(`h${Math.min(6, heading[1].length + 2)}`, {}, ...inline(heading[2]));
  }
  if (line.includes("|") && /^[\s|:-]+$/.test(lines[1] ?? "")) return table(take(lines, (each) => each.includes("|")));
  if (/^\s*([-*+]|\d+\.)\s/.test(line)) return list(take(lines, (each) => each.trim() && !each.startsWith("#")));
  const text = take(lines, (each) => each.trim() && !/^(#|```)/.test(each));
  return make("p", {}, ...inline(text.length ? text.join(" ") : lines.shift()));
}

/** Elements of a Markdown text. */
export function markdown(text) {
  const lines = text.split(/\r?\n/);
  const blocks = [];
  while (lines.length) {
    if (lines[0].trim()) blocks.push(block(lines));
    else lines.shift();
  }
  return blocks;
}
