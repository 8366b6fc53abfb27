// What the service does just now: traffic, predictions and drift, asked for again and again while somebody looks.

import { bins, line, shares } from "./charts.js";
import { ask, make } from "./dom.js";
import { parse, quantile, sum } from "./metrics.js";

const SECONDS = 3;
const MOST = 100;
const isPrediction = ({ route }) => route === "/predict" || (route ?? "").endsWith("/infer");

const history = { rate: [], refused: [], p50: [] };
let before = null;

function keep(list, value) {
  list.push(value);
  if (list.length > MOST) list.shift();
}

const round = (value) => (value === 0 || value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function traffic(metrics, now) {
  const total = sum(metrics, "nbforge_requests_total", isPrediction);
  const good = sum(metrics, "nbforge_requests_total", (labels) => isPrediction(labels) && labels.code === "200");
  if (before) {
    const seconds = (now - before.now) / 1000;
    keep(history.rate, Math.max(total - before.total, 0) / seconds);
    keep(history.refused, Math.max(total - good - (before.total - before.good), 0) / seconds);
    keep(history.p50, quantile(metrics, before.metrics, "nbforge_request_duration_seconds", 0.5, isPrediction));
  }
  before = { now, total, good, metrics };
  const last = (list) => list.at(-1) ?? 0;
  const latency = last(history.p50) ? `${round(1000 * last(history.p50))} ms` : "–";
  return [
    line("Requests", history.rate, `${round(last(history.rate))} /s`, `${total.toLocaleString("en")} since the start`),
    line("Not answered with 200", history.refused, `${round(last(history.refused))} /s`, `${(total - good).toLocaleString("en")} since the start`),
    line("Median time of a request", history.p50, latency),
  ];
}

function predictions(metrics) {
  const labels = (metrics.get("nbforge_predictions_total") ?? []).map(({ labels: { label }, value }) => [label, value]);
  if (labels.length) return shares("Predictions", labels.sort((a, b) => b[1] - a[1]));
  const buckets = (metrics.get("nbforge_prediction_value_bucket") ?? []).map(({ labels, value }) => [labels.le, value]);
  if (!buckets.length) return null;
  const counts = buckets.map(([bound, value], index) => [index ? `${buckets[index - 1][0]} to ${bound}` : `up to ${bound}`, value - (buckets[index - 1]?.[1] ?? 0)]);
  return shares("Predictions", counts, counts.length);
}

function drifted(field) {
  const beyond = field.alarm ? "bad" : "good";
  const score = field.score === null ? "–" : field.score.toFixed(2);
  const badge = make("span", { className: `badge ${beyond}` }, field.score === null ? "no window yet" : field.alarm ? "drift" : "as in training");
  return make("details", { open: opened.has(field.field) },
    make("summary", {}, make("code", {}, field.field), " ", badge, ` ${score} of the limit`),
    bins(field),
    make("p", { className: "quiet" }, `grey: training, coloured: the last window${field.strongest ? `; strongest: ${field.strongest}` : ""}; ${field.alarms} of all windows were beyond the limit`));
}

const opened = new Set();

function drift(told) {
  const fields = [...told.fields].sort((a, b) => (b.score ?? 0) - (a.score ?? 0));
  const under = `${told.rows_so_far.toLocaleString("en")} of ${told.window_rows.toLocaleString("en")} rows of the next window; ${told.windows} judged, ${told.alarmed_windows} with an alarm`;
  for (const each of document.querySelectorAll("#drift details")) {
    const name = each.querySelector("code").textContent;
    if (each.open) opened.add(name);
    else opened.delete(name);
  }
  return [make("p", { className: "quiet" }, under), ...fields.map(drifted)];
}

async function refresh() {
  const [metrics, told] = await Promise.all([ask("/metrics"), ask("/model/drift")]);
  if (!metrics.ok || !told.ok) return false;
  const parsed = parse(await metrics.text());
  const focused = document.activeElement?.closest?.("#drift summary")?.querySelector("code").textContent;
  document.getElementById("traffic").replaceChildren(...traffic(parsed, performance.now()));
  document.getElementById("predictions").replaceChildren(...[predictions(parsed)].filter(Boolean));
  document.getElementById("drift").replaceChildren(...drift(await told.json()));
  if (focused) [...document.querySelectorAll("#drift summary")].find((each) => each.querySelector("code").textContent === focused)?.focus();
  return true;
}

/** Begin; where metrics are on a port of their own, there is nothing to show here. */
export async function watch() {
  if (!(await refresh().catch(() => false))) return;
  document.getElementById("live").hidden = false;
  setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, 1000 * SECONDS);
}
