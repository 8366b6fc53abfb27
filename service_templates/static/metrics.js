// Prometheus' text format, as far as the page needs it: samples by name, with their labels.

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:\\.|[^"\\])*)"/g;
const ESCAPES = { n: "\n", "\\": "\\", '"': '"' };

/** A map from names to lists of `{labels, value}`. */
export function parse(text) {
  const found = new Map();
  for (const line of text.split("\n")) {
    const match = line.startsWith("#") ? null : SAMPLE.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, name, value] of (match[2] ?? "").matchAll(LABEL)) labels[name] = value.replace(/\\(.)/g, (_, each) => ESCAPES[each] ?? each);
    if (!found.has(match[1])) found.set(match[1], []);
    found.get(match[1]).push({ labels, value: Number(match[3]) });
  }
  return found;
}

/** The sum of a metric's samples whose labels are good. */
export function sum(metrics, name, good = () => true) {
  return (metrics.get(name) ?? []).reduce((total, { labels, value }) => (good(labels) ? total + value : total), 0);
}

/** The value below which `share` of a histogram's new observations lie, by its buckets' upper bounds; null without any. */
export function quantile(now, before, name, share, good) {
  const counts = new Map();
  const add = (metrics, sign) => {
    for (const { labels, value } of metrics.get(`${name}_bucket`) ?? []) {
      if (good(labels)) counts.set(labels.le, (counts.get(labels.le) ?? 0) + sign * value);
    }
  };
  add(now, 1);
  add(before, -1);
  const bounds = [...counts].map(([bound, count]) => [bound === "+Inf" ? Infinity : Number(bound), count]).sort((a, b) => a[0] - b[0]);
  const all = bounds.at(-1)?.[1] ?? 0;
  if (all <= 0) return null;
  const position = bounds.findIndex(([, count]) => count >= share * all);
  const [bound, count] = bounds[position];
  const [lower, below] = position > 0 ? bounds[position - 1] : [0, 0];
  if (bound === Infinity) return lower;
  return lower + ((bound - lower) * (share * all - below)) / Math.max(count - below, 1);
}
