// Follows a run. The browser reconnects by itself and names the last event that it has seen.
const steps = document.getElementById("steps"), board = document.getElementById("board");
const lost = document.getElementById("lost");

if (steps?.dataset.events) {
  const source = new EventSource(`${steps.dataset.events}?after=${steps.dataset.last}`);
  let last = Number(steps.dataset.last);
  source.addEventListener("open", () => { lost.hidden = true; });
  source.addEventListener("error", () => {
    lost.hidden = false;
    if (source.readyState === EventSource.CLOSED)
      lost.textContent = "The server was stopped or started again. Open the link that it prints now; the run is kept.";
  });
  source.addEventListener("step", (event) => {
    if (Number(event.lastEventId) <= last) return;
    last = Number(event.lastEventId);
    steps.insertAdjacentHTML("beforeend", JSON.parse(event.data).html);
  });
  source.addEventListener("board", (event) => { board.innerHTML = JSON.parse(event.data).html; });
  source.addEventListener("end", () => { source.close(); location.reload(); });
}
