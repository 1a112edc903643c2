// Keep the numbers of the quiz builder current while filters are chosen. Without this script, a button does it.

const form = document.getElementById("builder");
let newest = 0;

async function update() {
  const request = ++newest;
  const query = new URLSearchParams(new FormData(form));
  query.set("exam", query.get("blueprint"));
  for (const name of ["csrfmiddlewaretoken", "pair", "blueprint"]) query.delete(name);
  const response = await fetch(`${form.dataset.page}?${query}`);
  if (request !== newest) return; // another filter was chosen meanwhile
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const count of form.querySelectorAll("[data-count]")) {
    const current = page.querySelector(`[data-count="${CSS.escape(count.dataset.count)}"]`);
    if (!current) continue;
    count.textContent = current.textContent;
    const [box, now] = [count, current].map((each) => each.closest(".check"));
    box.className = now.className;
    box.firstElementChild.disabled = now.firstElementChild.disabled;
    box.closest("fieldset").hidden = now.closest("fieldset").hidden;
  }
  form.elements.pair.value = page.querySelector("#builder [name=pair]").value; // it chooses what the page says
  for (const id of ["matching", "fresh"]) {
    const current = page.getElementById(id);
    if (current && document.getElementById(id)) document.getElementById(id).replaceChildren(...current.childNodes);
  }
}

document.documentElement.classList.add("scripted");
form?.addEventListener("input", () => update().catch(() => {})); // the numbers stay as they were
