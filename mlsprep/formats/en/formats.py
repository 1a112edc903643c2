"""Dates and times on all pages: the day before the month, 24 hours (`static/js/local-times.js` writes the same)."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j F Y, H:i"
MONTH_DAY_FORMAT = "j M"  # labels of charts, days of the study plan
