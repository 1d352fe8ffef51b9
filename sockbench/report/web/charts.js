// Draws the charts of a report: the data is the JSON in #data, the places are the figures of the page. uPlot draws lines;
// names and values of the lines are ours, as text alone. Nothing is asked of any host.
"use strict";
(() => {
  // The colours of Okabe and Ito (jfly.uni-koeln.de/color), without yellow on white and blue on black.
  const LIGHT = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b87800", "#3a9bd6", "#000000", "#767676"];
  const DARK = ["#56b4e9", "#e8772e", "#009e73", "#cc79a7", "#e69f00", "#f0e442", "#ffffff", "#999999"];
  const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [16, 4], [4, 4], [1, 4]];
  const FONT = '12px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif';
  const HEIGHT = 260, PRINTED = 640;
  const QUANTILES = [[1, "0%"], [2, "50%"], [10, "90%"], [100, "99%"], [1e3, "99.9%"], [1e4, "99.99%"], [1e5, "99.999%"], [1e6, "99.9999%"]];

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const print = matchMedia("print");
  let printing = false;
  const isDark = () => dark.matches && !printing && !print.matches;

  // Numbers as sockbench.report.units writes them.
  const short = (value, digits) => Number(value.toPrecision(digits)).toLocaleString("en", { maximumSignificantDigits: digits });
  function duration(seconds, digits = 3) {
    if (seconds === 0) return "0";
    const size = Math.abs(seconds);
    if (size < 0.9995e-3) return short(seconds * 1e6, digits) + " us";
    return size < 0.9995 ? short(seconds * 1e3, digits) + " ms" : short(seconds, digits) + " s";
  }
  function bytes(size) {
    for (const [factor, unit] of [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]]) if (size >= factor) return short(size / factor, 3) + " " + unit;
    return short(size, 3) + " B";
  }
  function percentile(beyond) {
    const share = (1 - 1 / beyond) * 100;
    return "p" + Number(share.toFixed(Math.max(0, Math.ceil(Math.log10(beyond)))));
  }
  const WRITE = {
    seconds: value => short(value, 4) + " s",
    duration: value => duration(value),
    rate: value => short(value, 4) + "/s",
    count: value => short(value, 6),
    share: value => short(value * 100, 3) + "%",
    size: bytes,
    number: value => short(value, 6),
    percentile,
    place: () => "",
  };

  const element = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // 1, 2 and 5 of each power of ten; the powers alone where there are many.
  function logSplits(low, high) {
    for (const few of high / low > 2e3 ? [[1]] : [[1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]]) {
      const found = [];
      for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
        for (const digit of few) {
          const value = Number((digit * 10 ** power).toPrecision(2));
          if (value >= low * 0.999 && value <= high * 1.001) found.push(value);
        }
      if (found.length > 2) return found;
    }
    return [0, 1, 2, 3].map(step => low * (high / low) ** (step / 3));
  }

  function xRange(chart) {
    const first = chart.at[0], last = chart.at[chart.at.length - 1];
    if (chart.kind === "bars") return [first - 0.8, last - 0.2];
    if (chart.x.unit === "seconds") return [0, last];
    if (chart.x.log) return chart.kind === "points" && first > 0 ? [first / 1.25, last * 1.25] : [first, Math.max(last, first * 1.1)];
    const room = (last - first || 1) * 0.05;
    return [first - room, last + room];
  }

  function yRange(log, low, high) {
    if (low === null || high === null || high <= 0) return log ? [0.1, 1] : [0, 1];
    return log ? [Math.max(low, high / 1e9) / 1.3, high * 1.3] : [0, high * 1.06];
  }

  function swatch(colour, dash, kind) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("width", "26"); svg.setAttribute("height", "10"); svg.setAttribute("aria-hidden", "true");
    const mark = document.createElementNS("http://www.w3.org/2000/svg", kind === "bars" ? "rect" : "line");
    const values = kind === "bars" ? { x: 6, y: 0, width: 12, height: 10, fill: colour }
      : { x1: 0, y1: 5, x2: 26, y2: 5, stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash.join(" ") };
    for (const [name, value] of Object.entries(values)) mark.setAttribute(name, value);
    svg.append(mark);
    return svg;
  }

  class Drawn {
    constructor(chart, figure) {
      this.chart = chart;
      this.log = chart.y.log;
      this.shown = chart.lines.map(line => line.shown);
      this.place = figure.querySelector(".drawn");
      const bar = element("div", "bar");
      this.where = element("span", "where");
      bar.append(element("span", "", chart.y.label), this.where);
      if (chart.canLog) {
        const button = element("button", "log", "log scale");
        button.type = "button";
        button.setAttribute("aria-pressed", String(this.log));
        button.addEventListener("click", () => {
          this.log = !this.log;
          button.setAttribute("aria-pressed", String(this.log));
          this.draw();
        });
        bar.append(button);
      }
      this.canvas = element("div", "canvas");
      this.canvas.setAttribute("aria-hidden", "true"); // the words beside it say the same
      this.keys = element("div", "keys");
      this.place.append(bar, this.canvas, this.keys);
      this.draw();
      new ResizeObserver(() => this.fit()).observe(this.place);
    }

    width() {
      const there = Math.floor(this.place.clientWidth);
      return printing || print.matches ? Math.min(PRINTED, there || PRINTED) : Math.max(200, there);
    }

    fit() {
      if (this.plot && this.width() !== this.plot.width) this.plot.setSize({ width: this.width(), height: HEIGHT });
    }

    draw() {
      if (this.plot) this.plot.destroy();
      const { chart, log } = this;
      const values = chart.lines.map(line => (log ? line.values.map(value => (value > 0 ? value : null)) : line.values));
      this.drawKeys();
      this.plot = new uPlot(this.options(), [chart.at, ...values], this.canvas);
    }

    options() {
      const { chart, log } = this;
      return {
        width: this.width(),
        height: HEIGHT,
        padding: [10, 30, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: {
          x: { time: false, distr: chart.x.log ? 3 : 1, range: () => xRange(chart) },
          y: { distr: log ? 3 : 1, range: (u, low, high) => yRange(log, low, high) },
        },
        series: [{}, ...chart.lines.map((line, at) => this.series(line, at))],
        axes: [this.xAxis(), this.yAxis()],
        hooks: { setCursor: [u => this.tell(u.cursor.idx)] },
      };
    }

    series(line, at) {
      const colour = this.colour(line), { kind } = this.chart;
      const common = { label: String(at), show: this.shown[at], stroke: colour, width: 2, dash: DASHES[line.dash % DASHES.length] };
      if (kind === "bars") return { ...common, dash: [], width: 0, fill: colour, paths: uPlot.paths.bars({ size: [0.92, 40] }), points: { show: false } };
      if (kind === "step") return { ...common, fill: this.chart.lines.length > 2 ? undefined : colour + "22", paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } };
      if (kind === "points") return { ...common, spanGaps: true, points: { show: true, size: 7, fill: colour } };
      return this.chart.x.log ? { ...common, points: { show: false } } : common;
    }

    colour(line) {
      const colours = isDark() ? DARK : LIGHT;
      return colours[line.colour % colours.length];
    }

    axis() {
      const ink = isDark() ? "#a2abb8" : "#596170", rule = isDark() ? "#2d333b" : "#e3e6ea";
      return { stroke: ink, font: FONT, labelFont: FONT, grid: { stroke: rule, width: 1 }, ticks: { stroke: rule, width: 1, size: 5 }, filter: (u, splits) => splits };
    }

    xAxis() {
      const { x, places, kind, at } = this.chart;
      const axis = { ...this.axis(), size: x.label ? 30 : 40, label: x.label || undefined, labelSize: 20, space: 64 };
      if (kind === "bars") {
        const most = () => Math.max(3, Math.floor(this.width() / places.length / 7.5) - 1);
        const cut = name => (name.length > most() ? name.slice(0, most() - 1) + "…" : name);
        return { ...axis, splits: () => places.map(place => place[0]), values: () => places.map(place => cut(place[1])), grid: { show: false } };
      }
      if (x.unit === "percentile") {
        const few = () => QUANTILES.filter(([beyond]) => beyond <= at[at.length - 1] * 1.001 && (this.width() > 480 || beyond !== 1));
        return { ...axis, splits: () => few().map(one => one[0]), values: () => few().map(one => one[1]) };
      }
      if (places.length) {
        const name = new Map(places);
        return { ...axis, splits: () => this.apart(at, x.log), values: (u, splits) => splits.map(value => name.get(value) || "") };
      }
      const values = (u, splits) => splits.map(WRITE[x.unit]);
      if (kind === "points") return { ...axis, splits: () => this.apart(at, x.log), values };
      return x.log ? { ...axis, splits: (u, i, low, high) => this.apart(logSplits(low, high), true), values } : { ...axis, values };
    }

    // Those of the places that leave room for their text, the first always.
    apart(places, log) {
      const way = value => (log ? Math.log(value) : value);
      const [low, high] = xRange(this.chart).map(way);
      const name = new Map(this.chart.places), longest = Math.max(...places.map(place => (name.get(place) || WRITE[this.chart.x.unit](place)).length));
      const room = ((longest * 6.5 + 14) / Math.max(100, this.width() - 90)) * (high - low);
      const kept = [];
      for (const place of places) if (!kept.length || way(place) - way(kept[kept.length - 1]) >= room) kept.push(place);
      return kept;
    }

    yAxis() {
      const { y } = this.chart, axis = { ...this.axis(), space: 34 };
      const size = (u, values) => (values ? Math.max(...values.map(value => (value || "").length), 3) * 7 + 16 : 50);
      const values = (u, splits) => splits.map(WRITE[y.unit]);
      return this.log ? { ...axis, size, values, splits: (u, i, low, high) => logSplits(low, high) } : { ...axis, size, values };
    }

    drawKeys() {
      this.keys.replaceChildren();
      this.values = this.chart.lines.map((line, at) => {
        const key = element("button", "key"), value = element("b");
        key.type = "button";
        key.setAttribute("aria-pressed", String(this.shown[at]));
        key.append(swatch(this.colour(line), DASHES[line.dash % DASHES.length], this.chart.kind), element("span", "", line.label), value);
        key.addEventListener("click", () => {
          this.shown[at] = !this.shown[at];
          key.setAttribute("aria-pressed", String(this.shown[at]));
          this.plot.setSeries(at + 1, { show: this.shown[at] });
        });
        this.keys.append(key);
        return value;
      });
    }

    // The values under the pointer, beside the names of the lines.
    tell(at) {
      const { chart } = this, bars = chart.kind === "bars", is = at !== null && at !== undefined;
      const step = chart.lines.length + 1, group = is && bars ? Math.min(chart.places.length - 1, Math.floor(at / step)) : 0;
      const place = chart.places[bars ? group : at];
      const name = !is ? "" : place ? place[1] : WRITE[chart.x.unit](chart.at[at]);
      this.where.textContent = name && (bars || chart.x.unit === "percentile" ? name : (chart.x.label + " " + name).trim());
      chart.lines.forEach((line, number) => {
        const value = is ? line.values[bars ? group * step + number : at] : null;
        this.values[number].textContent = value === null || value === undefined ? (is ? "-" : "") : WRITE[chart.y.unit](value);
      });
    }
  }

  const drawn = [];
  for (const chart of JSON.parse(document.getElementById("data").textContent)) {
    const figure = document.getElementById("chart-" + chart.id);
    if (figure) drawn.push(new Drawn(chart, figure));
  }
  const redraw = () => drawn.forEach(one => one.draw());
  const opened = [];
  addEventListener("beforeprint", () => {
    printing = true;
    for (const folded of document.querySelectorAll("details.printed:not([open])")) { folded.open = true; opened.push(folded); }
    redraw();
  });
  addEventListener("afterprint", () => {
    printing = false;
    while (opened.length) opened.pop().open = false;
    redraw();
  });
  dark.addEventListener("change", redraw);
  print.addEventListener("change", redraw);
})();
