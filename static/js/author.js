/* The page that edits a question; each behavior has its own module. */
import { options } from "./author-options.js";
import { references } from "./author-references.js";
import { combos } from "./author-combo.js";
import { autosave } from "./author-autosave.js";
import { preview } from "./author-preview.js";
import { pictures } from "./author-picture.js";
import { saveKey } from "./author-save-key.js";

const form = document.getElementById("write");
document.documentElement.classList.add("scripted");
options(form);
references(form);
combos(form);
preview(form);
pictures(form);
autosave(form);
saveKey(form);
