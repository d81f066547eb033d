// A number shows its source beside the report, scrolled to the quote, without loading the page again.
const aside = document.getElementById("beside"), shown = document.getElementById("shown");

function current(number) {
  for (const chip of document.querySelectorAll("a.n[data-cite]"))
    chip.toggleAttribute("aria-current", chip.dataset.cite === number);
}

function reveal() {
  const target = document.querySelector(".scan rect") ?? document.querySelector("#quote");
  if (!target) return;
  if (!aside) { target.scrollIntoView({ block: "center" }); return; }
  const box = target.getBoundingClientRect(), frame = aside.getBoundingClientRect();
  aside.scrollTop += box.top - frame.top - Math.max(aside.clientHeight / 3, 110);  // the claims stay where they are
}

async function show(link) {
  const number = link.dataset.cite, base = link.pathname;
  const answer = await fetch(`${base}/evidence/${number}`).catch(() => null);
  if (answer && !answer.ok) { location.href = link.href; return; }
  if (answer) shown.innerHTML = await answer.text();
  else shown.innerHTML = `<p class="verdict fell" role="alert">The server does not answer. Start <code>leadline ui</code>
    again and open the link that it prints; the report is kept.</p>`;
  aside.dataset.open = "";
  history.replaceState(null, "", `?cite=${number}`);
  current(number);
  for (const image of shown.querySelectorAll("img")) image.addEventListener("load", reveal);
  reveal();
  aside.focus({ preventScroll: true });
}

if (aside) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.n[data-cite]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link);
  });
  const close = () => {
    delete aside.dataset.open;
    document.querySelector("a.n[aria-current]")?.focus();
  };
  document.getElementById("close").addEventListener("click", close);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  const chosen = new URLSearchParams(location.search).get("cite");
  if (chosen) current(chosen);
}
// The printable report is loaded into a frame that nobody sees, and printed from there.
document.querySelector("a[data-print]")?.addEventListener("click", (event) => {
  event.preventDefault();
  const frame = document.createElement("iframe");
  frame.className = "unseen";
  frame.title = "The report as it is printed";
  frame.addEventListener("load", () => { frame.contentWindow.focus(); frame.contentWindow.print(); });
  frame.src = event.currentTarget.href;
  document.querySelector("iframe.unseen")?.remove();
  document.body.append(frame);
});
if (!location.hash || location.hash === "#beside") reveal();
sessionStorage.removeItem("draft");
