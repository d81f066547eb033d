// Training curves to look into: values at the pointer, the same step marked in every chart, a drag zooms, a double click
// shows all again. Drawn with uPlot over the picture that came with the page; without a script that picture stays.
const figures = [...document.querySelectorAll("figure[data-points]")];

function load(name) {
  const sheet = name.endsWith(".css");
  const part = document.createElement(sheet ? "link" : "script");
  return new Promise((done, failed) => {
    part.onload = done;
    part.onerror = failed;
    if (sheet) { part.rel = "stylesheet"; part.href = `/static/vendor/${name}`; }
    else part.src = `/static/vendor/${name}`;
    document.head.append(part);
  });
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const shown = (_, value) => value == null ? "–" : String(Number(value.toPrecision(4)));

function options(figure, banded) {
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const line = { label: figure.dataset.label, stroke: colour("--sea"), width: 2, points: { show: false }, value: shown };
  const edge = (label) => ({ label, stroke: "transparent", points: { show: false }, value: shown });
  return {
    width: figure.clientWidth - 36, height: 190,
    scales: { x: { time: false } },
    axes: [{ ...axis, size: 28 }, { ...axis, size: 52 }],
    series: [{ label: "step", value: shown }, ...(banded ? [edge("from"), edge("to")] : []), line],  // drawn in order
    bands: banded ? [{ series: [2, 1], fill: colour("--sea-wash") }] : [],
    cursor: { sync: { key: "steps" }, y: false },
  };
}

function draw(figure) {
  const points = JSON.parse(figure.dataset.points), banded = points[0].length > 2;
  const column = (of) => points.map(of);
  const edges = banded ? [column((p) => p[1] - p[2]), column((p) => p[1] + p[2])] : [];
  const data = [column((p) => p[0]), ...edges, column((p) => p[1])];
  const place = document.createElement("div");
  place.setAttribute("aria-hidden", "true"); // the picture below says it in words
  figure.append(place);
  figure.classList.add("lively");
  let chart = new uPlot(options(figure, banded), data, place);
  new ResizeObserver(() => chart.setSize({ width: figure.clientWidth - 36, height: 190 })).observe(figure);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    chart.destroy();
    chart = new uPlot(options(figure, banded), data, place);
  });
}

if (figures.length) {
  await Promise.all([load("uPlot.iife.min.js"), load("uPlot.min.css")]);
  figures.forEach(draw);
}
