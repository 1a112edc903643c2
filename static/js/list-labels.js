/* Lists of Django on phones: each cell carries the title of its column, so that a row can be shown as a card. */
const table = document.getElementById("result_list");
if (table) {
  const titles = [...table.tHead.rows[0].cells].map((cell) => (cell.querySelector(".text") || cell).textContent.trim());
  for (const row of table.tBodies[0].rows) {
    [...row.cells].forEach((cell, place) => {
      if (titles[place] && !cell.matches(".action-checkbox")) cell.dataset.label = titles[place];
    });
  }
  table.classList.add("labelled");
}
