// The sliders say their value and search again when they are let go.
for (const slider of document.querySelectorAll("input[type=range]")) {
  const value = document.getElementById(`${slider.id}-value`);
  slider.addEventListener("input", () => { value.textContent = slider.value; });
  slider.addEventListener("change", () => { if (document.getElementById("query").value) slider.form.submit(); });
}

// A ranking that is still being made is asked for again; what stands in the form stays.
async function again() {
  const answer = await fetch(location.href).catch(() => null);
  const found = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  const columns = found && found.querySelector(".rankings");
  if (columns) document.querySelector(".rankings").replaceWith(columns);
  soon();
}

function soon() { if (document.querySelector("[data-again]")) setTimeout(again, 1500); }
soon();
