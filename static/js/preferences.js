// Show colors and text size as soon as they are chosen; the button stores them.

document.getElementById("settings").addEventListener("change", ({ target: { name, value } }) => {
  const page = document.documentElement.dataset;
  if (name === "size") {
    page.size = value;
  } else if (name === "theme") {
    delete page.theme;
    delete page.contrast;
    if (value === "more") page.contrast = "more";
    else if (value) page.theme = value;
  }
});
