/* The page on which a question is written; each behaviour is a module of its own. */
import { options } from "./author-options.js";
import { autosave } from "./author-autosave.js";
import { preview } from "./author-preview.js";

const form = document.getElementById("write");
document.documentElement.classList.add("scripted");
options(form);
preview(form);
autosave(form);
