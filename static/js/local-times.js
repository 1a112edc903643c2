// Show times in the reader's time zone. Without this script, times have the server's zone, with its name.

// As the server writes them: day before month and 24 hours, in any browser.
const LOCALE = document.documentElement.lang.startsWith("en") ? "en-GB" : document.documentElement.lang;
const DATE = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric" });
const TIME = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit" });
const TIME_IN_ZONE = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const FORMATS = { date: [DATE], datetime: [DATE, TIME], time: [TIME_IN_ZONE] };

/** Return a time of the day with its zone, as "14:32 CET". */
export const clockTime = (moment) => TIME_IN_ZONE.format(moment);

function showLocalTimes() {
  for (const time of document.querySelectorAll("time[data-format]")) {
    const moment = new Date(time.dateTime);
    time.textContent = FORMATS[time.dataset.format].map((format) => format.format(moment)).join(", ");
  }
}

// Days of study are those of this zone, for who has begun; so are the times on pages of staff.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && document.querySelector("[data-days], [data-staff]")) {
  document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
}

showLocalTimes();
document.addEventListener("htmx:afterSwap", showLocalTimes);
