// The key / focuses the search of the page, as on many sites; where there is none, it leads to the search of the menu.

import { isLeftToBrowser } from "./keys.js";

document.addEventListener("keydown", (event) => {
  const field = document.querySelector("form.search input[type=search]");
  const link = document.querySelector("[data-search]");
  if (event.key !== "/" || !(field || link) || isLeftToBrowser(event)) return;
  event.preventDefault();
  if (!field) return link.click();
  field.focus();
  field.select();
});
