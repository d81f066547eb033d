// Pan and zoom: the view box moves over the picture. Mouse, wheel, touch (one finger, two fingers) and keys.
const svg = document.getElementById("graph");

if (svg) {
  const whole = svg.viewBox.baseVal, all = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let box = { ...all }, moved = false;
  const fingers = new Map();

  function show(next) {
    const width = Math.min(Math.max(next.width, all.width / 12), all.width * 2);
    box = { x: next.x, y: next.y, width, height: width * all.height / all.width };
    svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  }
  function zoom(by, across = .5, down = .5) {
    const width = Math.min(Math.max(box.width * by, all.width / 12), all.width * 2), ratio = width / box.width;
    show({ x: box.x + box.width * (1 - ratio) * across, y: box.y + box.height * (1 - ratio) * down, width });
  }
  function move(across, down) { show({ ...box, x: box.x + box.width * across, y: box.y + box.height * down }); }
  function share(event) {
    const frame = svg.getBoundingClientRect();
    return [(event.clientX - frame.left) / frame.width, (event.clientY - frame.top) / frame.height];
  }
  const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(event.deltaY / 400), ...share(event));
  }, { passive: false });
  svg.addEventListener("pointerdown", (event) => { fingers.set(event.pointerId, share(event)); moved = false; });
  svg.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.get(event.pointerId), now = share(event), apart = fingers.size === 2 ? spread() : 0;
    if (!moved && Math.hypot(now[0] - before[0], now[1] - before[1]) < .006) return;
    moved = true;
    fingers.set(event.pointerId, now);
    if (fingers.size === 1) move(before[0] - now[0], before[1] - now[1]);
    else if (fingers.size === 2 && spread()) zoom(apart / spread(), ...now);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"])
    svg.addEventListener(name, (event) => fingers.delete(event.pointerId));
  svg.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
  svg.addEventListener("dragstart", (event) => event.preventDefault());

  const acts = { in: () => zoom(.7), out: () => zoom(1 / .7), all: () => show(all) };
  const keys = { "+": acts.in, "=": acts.in, "-": acts.out, "0": acts.all, ArrowLeft: () => move(-.1, 0),
    ArrowRight: () => move(.1, 0), ArrowUp: () => move(0, -.1), ArrowDown: () => move(0, .1) };
  svg.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  const bar = document.querySelector(".zoom");
  bar.hidden = false;
  for (const button of bar.querySelectorAll("button")) button.addEventListener("click", acts[button.dataset.do]);
}
