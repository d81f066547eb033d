// Files dropped on the form become its files; how many and how large is said before they are sent.
const drop = document.getElementById("drop"), input = document.getElementById("files");
const said = drop?.querySelector("small"), limits = said?.textContent;

function tell() {
  const files = [...input.files], mib = files.reduce((sum, file) => sum + file.size, 0) / 2 ** 20;
  said.textContent = files.length ? `${files.length} files, ${mib.toFixed(1)} MiB. ${limits}` : limits;
}

if (drop) {
  input.addEventListener("change", tell);
  for (const name of ["dragenter", "dragover"])
    drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const name of ["dragleave", "drop"])
    drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; tell(); }
  });
}
