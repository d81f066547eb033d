// Shows the systems whose card holds every word that is typed.
const find = document.getElementById("find"), cards = document.querySelectorAll("#gallery > li");
find.addEventListener("input", () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const card of cards) card.hidden = !words.every((word) => card.dataset.words.includes(word));
});
