// Show times in the reader's time zone; without this script they have the server's, with its name.

// As the server writes them: day before month, 24 hours.
const LOCALE = document.documentElement.lang.startsWith("en") ? "en-GB" : document.documentElement.lang;
const DATE = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric" });
const TIME = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const TIME_IN_ZONE = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const FORMATS = { date: [DATE], datetime: [DATE, TIME], time: [TIME_IN_ZONE] };

export const clockTime = (moment) => TIME_IN_ZONE.format(moment);

function showLocalTimes() {
  for (const time of document.querySelectorAll("time[data-format]")) {
    const moment = new Date(time.dateTime);
    time.textContent = FORMATS[time.dataset.format].map((format) => format.format(moment)).join(", ");
  }
}

// Days of study, for who has begun, and times of staff are those of this zone.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && document.querySelector("[data-days], [data-staff]")) {
  document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
}

showLocalTimes();
document.addEventListener("htmx:afterSwap", showLocalTimes);
