// Follows a run. The browser reconnects by itself and names the last event that it has seen.
const steps = document.getElementById("steps"), board = document.getElementById("board");
const lost = document.getElementById("lost");
const MOST = 1000;  // rows that stay on the page; the trace keeps all

if (steps?.dataset.events) {
  const source = new EventSource(`${steps.dataset.events}?after=${steps.dataset.last}`);
  let last = Number(steps.dataset.last), rows = [];
  // Steps that come in one go are put on the page in one go, so that a fast run does not hold up the reader.
  function put() {
    steps.insertAdjacentHTML("beforeend", rows.join(""));
    rows = [];
    while (steps.children.length > MOST) steps.firstElementChild.remove();
  }
  source.addEventListener("open", () => { lost.hidden = true; });
  source.addEventListener("error", () => {
    lost.hidden = false;
    if (source.readyState === EventSource.CLOSED)
      lost.textContent = "The server was stopped or started again. Open the link that it prints now; the run is kept.";
  });
  source.addEventListener("step", (event) => {
    if (Number(event.lastEventId) <= last) return;
    last = Number(event.lastEventId);
    rows.push(JSON.parse(event.data).html);
    if (rows.length === 1) requestAnimationFrame(put);
  });
  source.addEventListener("board", (event) => { board.innerHTML = JSON.parse(event.data).html; });
  source.addEventListener("end", () => { source.close(); location.reload(); });
}

// What a step saw opens below it.
steps?.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const row = link.parentElement, open = row.querySelector(".seen");
  if (open) { open.remove(); link.setAttribute("aria-expanded", "false"); return; }
  const answer = await fetch(`${link.pathname}?alone`).catch(() => null);
  if (!answer) { lost.hidden = false; return; }
  if (!answer.ok) { location.href = link.href; return; }
  const seen = document.createElement("div");
  seen.className = "seen";
  seen.innerHTML = await answer.text();
  row.append(seen);
  link.setAttribute("aria-expanded", "true");
});
sessionStorage.removeItem("draft");
