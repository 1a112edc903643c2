// Shortcuts work by character, in any layout, wherever the focus is, but not in text fields, or with Ctrl, Alt or Meta, and
// not if the candidate has switched them off. All other keys are left to the browser.

const TEXT_FIELDS = "textarea, select, dialog, [contenteditable], input:not([type=radio], [type=checkbox])";

export const isLeftToBrowser = (event) =>
  ["Control", "Alt", "Meta", "AltGraph"].some((key) => event.getModifierState(key)) ||
  event.isComposing ||
  document.documentElement.dataset.keys === "off" ||
  event.target.closest?.(TEXT_FIELDS);
