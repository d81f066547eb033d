// Files and folders dropped on the form become its files; how many and how large is said before they are sent.
const drop = document.getElementById("drop"), input = document.getElementById("files");
const said = document.getElementById("files-said"), limits = said?.textContent;

function tell() {
  const files = [...input.files], mib = files.reduce((sum, file) => sum + file.size, 0) / 2 ** 20;
  const tooMany = files.length > Number(said.dataset.files), tooLarge = mib > Number(said.dataset.mib);
  said.textContent = files.length ? `${files.length} files, ${mib.toFixed(1)} MiB. ${limits}` : limits;
  said.classList.toggle("bad", tooMany || tooLarge);
  input.setCustomValidity(tooMany || tooLarge ? `Too much at once. ${limits}` : "");
  input.dispatchEvent(new CustomEvent("told", { bubbles: true }));
}

// All files below what was dropped; a folder is read to its end, in batches as the browser gives them.
async function below(entry) {
  if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const batch = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!batch.length) break;
    for (const child of batch) found.push(...await below(child));
    if (found.length > Number(said.dataset.files)) break;  // too many already: the form says so
  }
  return found;
}

if (drop) {
  input.addEventListener("change", tell);
  for (const name of ["dragenter", "dragover"])
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"])
    drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const files = [...event.dataTransfer.files], holder = new DataTransfer();
    const folders = entries.some((entry) => entry.isDirectory);
    for (const file of folders ? (await Promise.all(entries.map(below))).flat() : files) holder.items.add(file);
    if (holder.files.length) { input.files = holder.files; tell(); }
  });
}

// What is being typed outlives a server that is started again, until its run is there (live.js and reader.js forget it).
const kept = ["question", "path"].map((name) => document.getElementById(name));
if (kept.every(Boolean)) {
  const draft = JSON.parse(sessionStorage.getItem("draft") ?? "[]");
  if (!kept[0].value) kept.forEach((entry, n) => { entry.value ||= draft[n] ?? ""; });
  const keep = () => sessionStorage.setItem("draft", JSON.stringify(kept.map((entry) => entry.value)));
  for (const entry of kept) entry.addEventListener("input", keep);
}
