// Says what the question is likely to cost, again after every change of the form.
const shown = document.getElementById("forecast"), asked = shown?.closest("form");
let waiting = 0, latest = 0;

async function look() {
  const fields = new URLSearchParams(), mine = ++latest, files = [...asked.elements.files.files];
  for (const name of ["question", "collection", "path", "agent", "model", "search"])
    fields.set(name, asked.elements[name]?.value ?? "");
  for (const box of asked.querySelectorAll("[name=may]:checked:enabled, [name=mcp]:checked")) fields.append(box.name, box.value);
  const images = files.filter((file) => file.type.startsWith("image/"));
  const size = (some) => some.reduce((sum, file) => sum + file.size, 0);
  fields.set("files", files.length);
  fields.set("images", images.length);
  fields.set("bytes", size(files) - size(images));
  const answer = await fetch(`/forecast?${fields}`).catch(() => null);
  if (mine === latest && answer?.ok) shown.innerHTML = await answer.text();
}

if (asked) {
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(look, 250); };
  for (const name of ["input", "told"]) asked.addEventListener(name, soon);
  look();
}
