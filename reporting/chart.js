"use strict";
// Draws every <figure data-chart="i"> from the i-th entry of the JSON beside it. Nothing is fetched.
const COLOURS = ["#0b7a75", "#c8553d", "#8a6fae", "#b08900", "#5a7d9a", "#7b8794", "#3d6b35", "#a23b72"];
const W = 460, H = 300, LEFT = 60, RIGHT = 12, TOP = 8, BOTTOM = 40;

function el(name, attributes, text) {
  const svg = ["svg", "g", "path", "line", "circle", "rect", "text"].includes(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

function number(value, unit, step) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (unit === "%") return (100 * value).toFixed(value && (step ? 100 * step < 1 : Math.abs(value) < 0.1) ? 1 : 0) + " %";
  const size = Math.abs(value);
  const digits = size >= 1000 || size === 0 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString("en", { maximumFractionDigits: digits }) + (unit ? " " + unit : "");
}

function ticks(low, high) {
  const rough = (high - low) / 5 || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const marks = [];
  for (let mark = Math.ceil(low / step) * step; mark <= high + step * 1e-6; mark += step) marks.push(+mark.toPrecision(10));
  return marks;
}

function range(values, fixed) {
  if (fixed) return fixed;
  const known = values.filter((v) => v !== null && Number.isFinite(v));
  let low = Math.min(...known), high = Math.max(...known);
  if (low > 0 && low < 0.5 * high) low = 0;
  if (low === high) { low -= 0.5; high += 0.5; }
  return [low, high + (high - low) * 0.04];
}

function frame(chart, xs, ys) {
  const [x0, x1] = range(xs, chart.xRange), [y0, y1] = range(ys, chart.yRange);
  const svg = el("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": chart.title, tabindex: 0 });
  const x = (v) => LEFT + ((v - x0) / (x1 - x0)) * (W - LEFT - RIGHT);
  const y = (v) => H - BOTTOM - ((v - y0) / (y1 - y0)) * (H - TOP - BOTTOM);
  const rows = ticks(y0, y1), columns = ticks(x0, x1);
  for (const mark of rows) {
    svg.append(el("line", { x1: LEFT, x2: W - RIGHT, y1: y(mark), y2: y(mark), class: "grid" }));
    svg.append(el("text", { x: LEFT - 6, y: y(mark) + 4, "text-anchor": "end" }, number(mark, chart.yUnit, rows[1] - rows[0])));
  }
  const labels = chart.xLabels || [];
  for (const mark of labels.length ? labels.map((_, i) => i) : columns) {
    const text = labels.length ? labels[mark] : number(mark, chart.xUnit, columns[1] - columns[0]);
    if (labels.length <= 8 || mark % Math.ceil(labels.length / 8) === 0)
      svg.append(el("text", { x: x(mark), y: H - BOTTOM + 16, "text-anchor": "middle" }, text));
  }
  svg.append(el("text", { x: (LEFT + W - RIGHT) / 2, y: H - 4, "text-anchor": "middle" }, chart.x || ""));
  const from = y0 > 0 && !chart.yRange ? ` (axis from ${number(y0, chart.yUnit)})` : "";
  svg.append(el("text", { x: 12, y: (H - BOTTOM) / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${(H - BOTTOM) / 2})` }, (chart.y || "") + from));
  return { svg, x, y, x0, x1 };
}

function path(points) {
  return points.filter((p) => p.every(Number.isFinite)).map((p, i) => (i ? "L" : "M") + p[0].toFixed(1) + " " + p[1].toFixed(1)).join("");
}

function hover(figure, plot, marks, tell) {
  const tip = figure.appendChild(el("div", { class: "tip", hidden: "" }));
  const guide = plot.svg.appendChild(el("line", { y1: TOP, y2: H - BOTTOM, class: "guide", visibility: "hidden" }));
  let at = -1;
  const show = (i) => {
    at = Math.max(0, Math.min(marks.length - 1, i));
    const px = plot.x(marks[at]), box = plot.svg.getBoundingClientRect(), outer = figure.getBoundingClientRect();
    guide.setAttribute("x1", px); guide.setAttribute("x2", px); guide.setAttribute("visibility", "visible");
    tip.textContent = tell(at); tip.hidden = false;
    const left = box.left - outer.left + (px / W) * box.width;
    tip.style.left = Math.max(0, left > outer.width / 2 ? left - tip.offsetWidth - 12 : left + 12) + "px";
    tip.style.top = box.top - outer.top + 14 + "px";
  };
  const hide = () => { tip.hidden = true; guide.setAttribute("visibility", "hidden"); };
  plot.svg.addEventListener("pointermove", (event) => {
    const box = plot.svg.getBoundingClientRect(), px = ((event.clientX - box.left) / box.width) * W;
    show(marks.reduce((best, m, i) => (Math.abs(plot.x(m) - px) < Math.abs(plot.x(marks[best]) - px) ? i : best), 0));
  });
  plot.svg.addEventListener("pointerleave", hide);
  plot.svg.addEventListener("blur", hide);
  plot.svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) { event.preventDefault(); show(at + step); }
  });
}

function legend(figure, series, shapes) {
  if (series.length < 2) return;
  const list = figure.appendChild(el("ul", { class: "legend" }));
  series.forEach((one, i) => {
    const button = el("button", { type: "button", "aria-pressed": "true" });
    const swatch = button.appendChild(el("span", { class: "swatch" }));
    swatch.style.background = COLOURS[i % COLOURS.length];
    button.append(one.name);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", on);
      shapes[i].setAttribute("visibility", on ? "visible" : "hidden");
    });
    list.appendChild(el("li")).append(button);
  });
}

function near(series, mark) {
  let best = 0;
  series.x.forEach((x, i) => { if (Math.abs(x - mark) < Math.abs(series.x[best] - mark)) best = i; });
  return best;
}

const KINDS = {
  lines(chart, figure) {
    const plot = frame(chart, chart.series.flatMap((s) => s.x), chart.series.flatMap((s) => s.y));
    const shapes = chart.series.map((s, i) => {
      const group = plot.svg.appendChild(el("g"));
      group.append(el("path", { d: path(s.x.map((v, k) => [plot.x(v), plot.y(s.y[k] ?? NaN)])), fill: "none", stroke: COLOURS[i % COLOURS.length], "stroke-width": i ? 1.6 : 2.6, "stroke-dasharray": s.dashed ? "4 4" : "none" }));
      if (chart.dots) s.x.forEach((v, k) => s.y[k] !== null && group.append(el("circle", { cx: plot.x(v), cy: plot.y(s.y[k]), r: 3, fill: COLOURS[i % COLOURS.length] })));
      return group;
    });
    legend(figure, chart.series, shapes);
    figure.append(plot.svg);
    const marks = chart.series[0].x;
    hover(figure, plot, marks, (at) => [
      chart.xLabels ? chart.xLabels[at] : `${chart.x}: ${number(marks[at], chart.xUnit)}`,
      ...chart.series.map((s) => `${s.name}: ${number(s.y[near(s, marks[at])], chart.yUnit)}`),
      ...(chart.told ? [chart.told[at]] : []),
    ].join("\n"));
  },
  points(chart, figure) {
    const all = chart.series.flatMap((s) => [...s.x, ...s.high, 0]), both = chart.xRange || range(all);
    const plot = frame({ ...chart, xRange: both, yRange: both }, [], []);
    plot.svg.append(el("line", { x1: plot.x(both[0]), y1: plot.y(both[0]), x2: plot.x(both[1]), y2: plot.y(both[1]), class: "guide" }));
    const shapes = chart.series.map((s, i) => {
      const colour = COLOURS[i % COLOURS.length], group = plot.svg.appendChild(el("g"));
      group.append(el("path", { d: path(s.x.map((v, k) => [plot.x(v), plot.y(s.y[k])])), fill: "none", stroke: colour, "stroke-width": 1.4 }));
      s.x.forEach((v, k) => {
        group.append(el("line", { x1: plot.x(v), x2: plot.x(v), y1: plot.y(s.low[k]), y2: plot.y(s.high[k]), stroke: colour }));
        group.append(el("circle", { cx: plot.x(v), cy: plot.y(s.y[k]), r: 3.4, fill: colour }));
      });
      return group;
    });
    legend(figure, chart.series, shapes);
    figure.append(plot.svg);
    hover(figure, plot, chart.series[0].x, (at) => chart.series.map((s) => {
      const k = near(s, chart.series[0].x[at]);
      return `${s.name}: predicted ${number(s.x[k], chart.xUnit)}, observed ${number(s.y[k], chart.xUnit)} (${number(s.low[k], chart.xUnit)} to ${number(s.high[k], chart.xUnit)}), ${number(s.count[k])} rows`;
    }).join("\n"));
  },
  bars(chart, figure) {
    const row = 20, height = TOP + row * chart.names.length + 24, wide = 170;
    const top = Math.max(0, ...chart.values, ...(chart.high || [])), low = Math.min(0, ...chart.values, ...(chart.low || []));
    const x = (v) => wide + ((v - low) / (top - low || 1)) * (W - wide - 54);
    const svg = el("svg", { viewBox: `0 0 ${W} ${height}`, role: "img", "aria-label": chart.title });
    const tip = el("div", { class: "tip", hidden: "" });
    chart.names.forEach((name, i) => {
      const at = TOP + i * row, colour = chart.values[i] < 0 ? COLOURS[4] : chart.signed ? COLOURS[1] : COLOURS[0];
      const group = svg.appendChild(el("g"));
      group.append(el("rect", { x: 0, y: at, width: W, height: row, fill: "transparent" }));
      group.append(el("rect", { x: Math.min(x(0), x(chart.values[i])), y: at + 3, width: Math.max(1, Math.abs(x(chart.values[i]) - x(0))), height: row - 6, fill: colour }));
      if (chart.low) group.append(el("line", { x1: x(chart.low[i]), x2: x(chart.high[i]), y1: at + row / 2, y2: at + row / 2, stroke: "#1f2933" }));
      group.append(el("text", { x: wide - 8, y: at + 14, "text-anchor": "end" }, name.length > 27 ? name.slice(0, 26) + "…" : name));
      group.append(el("text", { x: x(Math.max(chart.high ? chart.high[i] : 0, chart.values[i], 0)) + 5, y: at + 14 }, number(chart.values[i], chart.xUnit)));
      group.addEventListener("pointermove", () => {
        tip.textContent = [name, number(chart.values[i], chart.xUnit), ...(chart.told ? [chart.told[i]] : [])].join("\n");
        tip.hidden = false; tip.style.left = "40%"; tip.style.top = (at / height) * svg.getBoundingClientRect().height + 44 + "px";
      });
      group.addEventListener("pointerleave", () => { tip.hidden = true; });
    });
    svg.append(el("text", { x: wide, y: height - 4 }, chart.x || ""));
    figure.append(svg, tip);
  },
  money(chart, figure) {
    const inputs = figure.appendChild(el("div", { class: "inputs" })), board = figure.appendChild(el("div"));
    board.style.position = "relative";
    const ask = (label, value, step) => {
      const field = el("input", { type: "number", value, step, min: 0 });
      inputs.appendChild(el("label", {}, label + " ")).append(field);
      field.addEventListener("input", () => draw());
      return field;
    };
    const cost = ask(`cost of one contact, ${chart.currency}`, chart.cost, "any"), kept = ask("leavers kept, %", 100 * chart.effect, "any");
    const draw = () => {
      const net = chart.share.map((s, i) => (+kept.value / 100) * chart.atStake[i] - s * chart.customers * +cost.value);
      const best = net.indexOf(Math.max(...net));
      board.replaceChildren();
      KINDS.lines({
        title: chart.title, x: "share contacted, most at stake × likeliest to leave first", xUnit: "%", xRange: [0, 1], y: chart.currency,
        series: [{ name: "net value", x: chart.share, y: net }, { name: "nobody contacted", x: [0, 1], y: [0, 0], dashed: true }],
        told: chart.share.map((s, i) => `${number(s * chart.customers)} customers\n${number(chart.caught[i], "%")} of the leavers\n${number(chart.atStake[i])} ${chart.currency} at stake with them`),
      }, board);
      board.append(el("p", { class: "note" }, net[best] > 0
        ? `Best: contact the top ${number(chart.share[best], "%")} (${number(chart.share[best] * chart.customers)} customers) for ${number(net[best])} ${chart.currency}.`
        : "At this cost and effect no contact pays."));
    };
    draw();
  },
};

const charts = JSON.parse(document.getElementById("charts").textContent);
document.querySelectorAll("[data-chart]").forEach((figure) => {
  const chart = charts[+figure.dataset.chart];
  figure.append(el("h3", {}, chart.title));
  KINDS[chart.kind](chart, figure);
  if (chart.note) figure.append(el("figcaption", {}, chart.note));
});
