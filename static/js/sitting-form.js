// Show and send the times of the form in the reader's time zone, which the server reads from the field `zone`.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const field = document.querySelector('input[name="zone"]');
const moments = document.querySelectorAll("input[data-moment]");

function localValue(moment) {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

// A form that came back with errors has the times as typed, in the zone that was sent with them.
if (zone && moments.length > 0) {
  for (const input of moments) {
    input.value = localValue(new Date(input.dataset.moment));
  }
  field.value = zone;
  for (const name of document.querySelectorAll("[data-zone]")) {
    name.textContent = zone;
  }
}
