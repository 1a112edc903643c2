/* Fields that filter their choices while typing: a <select> of topics, and a search for questions on the server. */
import { combobox, element } from "./edit-combobox.js";

export function combos(form) {
  for (const field of form.querySelectorAll("[data-combo]")) {
    const input = element("input", { type: "text", id: field.id });
    const described = field.getAttribute("aria-describedby");
    if (described) input.setAttribute("aria-describedby", described);
    field.id += "-field";
    field.before(input);
    field.hidden = true;
    if (field.matches("select")) selectCombobox(field, input);
    else codesCombobox(field, input);
  }
}

/* A combobox for a <select>, which stores the value. */
function selectCombobox(select, input) {
  const items = () =>
    [...select.options].map((option) => ({
      value: option.value,
      text: option.text,
      group: option.parentElement.label || "",
    }));
  const show = () => {
    input.value = select.value ? select.selectedOptions[0].text : "";
  };
  const choose = (value) => {
    if (select.value !== value) {
      select.value = value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    }
    show();
  };
  input.placeholder = select.options[0].text;
  combobox(input, select.dataset, {
    find: (typed) => {
      const words = typed.toLowerCase().split(/\s+/);
      const matches = (item) => words.every((word) => `${item.group} ${item.text}`.toLowerCase().includes(word));
      return items()
        .filter(matches)
        .map((item) => ({ ...item, chosen: item.value === select.value }));
    },
    pick: (item) => choose(item.value),
    leave: () => {
      if (input.value.trim()) show();
      else choose("");
    },
  });
  input.addEventListener("focus", () => input.select());
  show();
}

/* A combobox for several codes in a text field. Each code is a chip with the beginning of its stem. */
function codesCombobox(field, input) {
  const chips = document.getElementById(field.dataset.chips);
  const texts = field.dataset;
  const codes = () => field.value.split(/[\s,;]+/).filter(Boolean);
  const changed = (selected, event, code) => {
    field.value = selected.join(", ");
    box.say(texts[event].replace("{code}", code));
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const chip = (code, text, url) => {
    const name = url ? element("a", { href: url, textContent: code }) : element("b", { textContent: code });
    const words = element("span", {});
    words.append(name, ` ${text}`);
    const button = element("button", { type: "button", className: "button plain", textContent: "✕" });
    button.setAttribute("aria-label", texts.remove.replace("{code}", code));
    const row = element("li", {});
    row.dataset.value = code;
    row.append(words, button);
    chips.append(row);
  };
  let timer = 0;
  const wait = () =>
    new Promise((go) => {
      clearTimeout(timer);
      timer = setTimeout(go, 250);
    });
  const find = async (typed) => {
    if (typed.length < 2) return [];
    await wait();
    const url = new URL(texts.combo, location.href);
    url.searchParams.set("q", typed);
    const answer = await fetch(url).catch(() => null);
    if (!answer?.ok) return null;
    const { results } = await answer.json();
    return results.filter((item) => !codes().includes(item.value)).map((item) => ({ ...item, hint: item.value }));
  };
  const box = combobox(input, texts, {
    find,
    pick: (item) => {
      chip(item.value, item.text, item.url);
      input.value = "";
      changed([...codes(), item.value], "chosen", item.value);
    },
    leave: () => {
      input.value = "";
    },
  });

  chips.addEventListener("click", (event) => {
    const row = event.target.closest("button")?.closest("li");
    if (!row) return;
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    (next?.querySelector("button") || input).focus();
    changed(
      codes().filter((code) => code !== row.dataset.value),
      "removed",
      row.dataset.value,
    );
  });
  chips.querySelectorAll("button").forEach((button) => {
    button.hidden = false;
  });
  const codesWithChip = [...chips.children].map((row) => row.dataset.value);
  for (const code of codes().filter((value) => !codesWithChip.includes(value))) chip(code, "", "");
  const typing = field.closest(".field").querySelector(".typing");
  if (typing) typing.hidden = false;
}
