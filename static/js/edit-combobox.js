/* A text box with a list of choices (ARIA combobox). `find` returns the items for a text, `pick` handles a choice,
   `leave` cleans up the text when the box loses the focus. An item is { value, text, group, hint }. */
export function combobox(input, texts, { find, pick, leave }) {
  const list = element("div", { id: `${input.id}-list`, role: "listbox", hidden: true, className: "combo-list" });
  const status = element("span", { role: "status", className: "help" });
  list.setAttribute("aria-label", input.labels[0]?.textContent || "");
  for (const [name, value] of Object.entries({
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
  }))
    input.setAttribute(name, value);
  input.after(list, status);
  let items = [],
    active = -1,
    latestRequest = 0;

  const activate = (place) => {
    list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    active = place;
    const option = document.getElementById(`${list.id}-${place}`);
    if (!option) return input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  };
  const close = () => {
    latestRequest++;
    list.hidden = true;
    status.textContent = "";
    input.setAttribute("aria-expanded", "false");
    activate(-1);
  };
  const open = async (typed) => {
    const request = ++latestRequest;
    const results = await find(typed);
    if (request !== latestRequest) return;
    items = results || [];
    list.replaceChildren(...grouped(items, list.id));
    list.hidden = !items.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent =
      results === null
        ? texts.failed
        : !results.length && typed
          ? texts.none
          : typed
            ? texts.found.replace("{count}", results.length)
            : "";
    const chosen = items.findIndex((item) => item.chosen);
    if (!list.hidden) list.scrollIntoView({ block: "nearest" });
    activate(typed && items.length ? 0 : chosen);
  };
  const choose = (place) => {
    const item = items[place];
    close();
    pick(item);
  };

  input.addEventListener("input", (event) => {
    event.stopPropagation(); // typed text is not a value of the form yet
    open(input.value.trim());
  });
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("click", () => {
    if (list.hidden) open("");
  });
  input.addEventListener("blur", () => {
    close();
    leave();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.altKey && step) return;
    if (step && list.hidden) open("");
    else if (step) activate((active + step + items.length) % items.length);
    else if (event.key === "Enter" && active >= 0) choose(active);
    else if (event.key === "Escape" && !list.hidden) {
      close();
      leave();
    } else if (event.key !== "Enter" || !status.textContent) return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the box
  list.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option) choose(Number(option.dataset.place));
  });
  return {
    say: (text) => {
      status.textContent = text;
    },
  };
}

function grouped(items, id) {
  const results = [];
  let group = null,
    title = "";
  items.forEach((item, place) => {
    if (item.group && item.group !== title) {
      title = item.group;
      const name = element("div", {
        id: `${id}-g${place}`,
        className: "combo-group",
        role: "presentation",
        textContent: item.group,
      });
      group = element("div", { role: "group" });
      group.setAttribute("aria-labelledby", name.id);
      group.append(name);
      results.push(group);
    }
    const option = element("div", { id: `${id}-${place}`, role: "option", textContent: item.text });
    option.dataset.place = place;
    option.setAttribute("aria-selected", "false");
    if (item.hint) option.prepend(element("b", { textContent: item.hint }), " ");
    (item.group ? group : { append: (node) => results.push(node) }).append(option);
  });
  return results;
}

export function element(name, { role, ...values }) {
  const node = Object.assign(document.createElement(name), values);
  if (role) node.setAttribute("role", role);
  return node;
}
