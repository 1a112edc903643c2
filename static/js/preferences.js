// Colors, text size and the keys take effect as soon as they are chosen: in the settings, whose button stores them, and in
// the exam room.

document.addEventListener("change", ({ target: { name, value, checked } }) => {
  const page = document.documentElement.dataset;
  if (name === "size") {
    page.size = value;
  } else if (name === "theme") {
    delete page.theme;
    delete page.contrast;
    if (value === "more") page.contrast = "more";
    else if (value) page.theme = value;
  } else if (name === "keys") {
    page.keys = checked ? "on" : "off";
  }
});
