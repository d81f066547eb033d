// The sliders say their value and search again when they are let go.
for (const slider of document.querySelectorAll("input[type=range]")) {
  const value = document.getElementById(`${slider.id}-value`);
  slider.addEventListener("input", () => { value.textContent = slider.value; });
  slider.addEventListener("change", () => { if (document.getElementById("query").value) slider.form.submit(); });
}
