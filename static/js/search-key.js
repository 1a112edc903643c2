// The key / focuses the search of the page, as on many sites.

import { isLeftToBrowser } from "./keys.js";

document.addEventListener("keydown", (event) => {
  const field = document.querySelector("form.search input[type=search]");
  if (event.key !== "/" || !field || isLeftToBrowser(event)) return;
  event.preventDefault();
  field.focus();
  field.select();
});
