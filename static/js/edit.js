/* The page that edits a question; each behavior has its own module. */
import { options } from "./edit-options.js";
import { references } from "./edit-references.js";
import { combos } from "./edit-combo.js";
import { autosave } from "./edit-autosave.js";
import { preview } from "./edit-preview.js";
import { pictures } from "./edit-picture.js";
import { saveKey } from "./edit-save-key.js";

const form = document.getElementById("write");
document.documentElement.classList.add("scripted");
options(form);
references(form);
combos(form);
preview(form);
pictures(form);
autosave(form);
saveKey(form);
