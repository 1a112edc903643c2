"""The URLs of exams: pages for candidates, accounts and guests."""

from allauth.account import views as allauth
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path
from django.views.generic import RedirectView

from exams.views.attempt import answer, clock, finish, paper, seat, start, summary, sync, worker
from exams.views.classes import join, sitting
from exams.views.people import (
    account,
    delete_data,
    guest_code,
    leave,
    person_data,
    preferences,
    reminders,
    sign_in,
    sign_out,
)
from exams.views.practice import cards, plan
from exams.views.practice import home as practice_home
from exams.views.practice import start as practice_start
from exams.views.progress import progress
from exams.views.results import certificate, export, history, missed, notebook, question_report, report, review
from exams.views.site import (
    aws_services,
    exam_choice,
    front,
    glossary,
    guide,
    guide_search,
    images,
    logo,
    method,
    privacy,
    theme,
)

urlpatterns = [
    path("", front.front, name="front"),
    path("exams/<slug:code>/", start.exam, name="exam"),
    path("attempts/<uuid:uuid>/", start.attempt, name="attempt"),
    path("attempts/<uuid:uuid>/questions/<int:position>/", answer.question, name="question"),
    path(
        "attempts/<uuid:uuid>/questions/<int:position>/report/",
        question_report.question_report,
        name="question_report",
    ),
    path("attempts/<uuid:uuid>/seat/", seat.seat, name="seat"),
    path("attempts/<uuid:uuid>/clock", clock.clock, name="clock"),
    path("attempts/<uuid:uuid>/paper/", paper.paper, name="paper"),
    path("attempts/<uuid:uuid>/sync/", sync.sync_attempt, name="sync"),
    path("attempts/<uuid:uuid>/worker.js", worker.worker, name="worker"),
    path("attempts/<uuid:uuid>/summary/", summary.summary, name="summary"),
    path("attempts/<uuid:uuid>/finish/", finish.finish, name="finish"),
    path("attempts/<uuid:uuid>/report/", report.report, name="report"),
    path("attempts/<uuid:uuid>/certificate/", certificate.own_certificate, name="own_certificate"),
    path("certificates/<slug:number>/", certificate.certificate, name="certificate"),
    path("certificates/<slug:number>/certificate.pdf", certificate.certificate_pdf, name="certificate_pdf"),
    path("attempts/<uuid:uuid>/review/", review.review, name="review"),
    path("attempts/<uuid:uuid>/review/<int:position>/", review.review_question, name="review_question"),
    path("attempts/<uuid:uuid>/export.json", export.export, name="export"),
    path("attempts/<uuid:uuid>/answers.csv", export.export_answers, name="export_answers"),
    path("join/", join.join, name="join"),
    path("join/somebody-else/", join.somebody_else, name="somebody_else"),
    path("join/link/<slug:token>/", join.join_link, name="join_link"),
    path("join/<slug:code>/", sitting.sitting, name="join_sitting"),
    path("today/", front.today, name="today"),
    path("practice/", practice_home.home, name="practice"),
    path("practice/start/", practice_start.practice_start, name="practice_start"),
    path("practice/<uuid:uuid>/discard/", practice_start.discard, name="practice_discard"),
    path("cards/", cards.cards, name="cards"),
    path("cards/<slug:deck>/", cards.deck, name="card_deck"),
    path("plan/", plan.plan, name="plan"),
    path("plan/mark/", plan.mark_topic, name="topic_mark"),
    path("missed/", missed.missed, name="missed"),
    path("missed/cards.csv", missed.missed_cards, name="missed_cards"),
    path("progress/", progress.progress, name="progress"),
    path("history/", history.history, name="history"),
    path("notes/", notebook.notebook, name="notebook"),
    path("guide/", guide.guide, name="guide"),
    path("guide/services/", aws_services.aws_services, name="guide_services"),
    path("guide/glossary/", glossary.glossary, name="guide_glossary"),
    path("guide/search/", guide_search.guide_search, name="guide_search"),
    path("guide/<slug:slug>/", guide.guide_topic, name="guide_topic"),
    path("logo", logo.logo, name="logo"),
    path("images/<str:file>", images.image, name="image"),
    path("method/", method.method, name="method"),
    path("return/", guest_code.guest_code, name="guest_code"),
    path("leave/", leave.leave, name="leave"),
    path("theme/", theme.choose_theme, name="theme"),
    path("exam/", exam_choice.choose_exam, name="exam_choice"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("settings/", preferences.preferences, name="settings"),
    path("account/", account.account, name="account"),
    path("account/reminders/", reminders.reminders, name="reminders"),
    path("calendar/<slug:token>.ics", reminders.calendar, name="calendar"),
    path("reminders/confirm/<str:token>/", reminders.confirm_reminders, name="confirm_reminders"),
    path("reminders/stop/<str:token>/", reminders.stop_reminders, name="stop_reminders"),
    path("account/data.zip", person_data.download, name="download"),
    path("account/data/", person_data.file_page, name="person_data"),
    path("account/delete/", delete_data.delete_data, name="delete_data"),
    path("account/sign-out-everywhere/", sign_out.sign_out_everywhere, name="sign_out_everywhere"),
    path("account/second-factor/", second_factor.index, name="mfa_index"),
    path("account/second-factor/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/second-factor/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/second-factor/passkeys/", RedirectView.as_view(pattern_name="mfa_index"), name="mfa_list_webauthn"),
    path("account/second-factor/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("account/second-factor/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/second-factor/codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/second-factor/codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path(
        "account/second-factor/recovery-codes.txt",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("account/confirm/", allauth.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code/", second_factor.reauthenticate, name="mfa_reauthenticate"),
    path("account/confirm/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    # The URLs of allauth that a server without e-mail needs, with the names that allauth expects.
    path("accounts/", RedirectView.as_view(pattern_name="account")),
    path("accounts/login/", sign_in.sign_in_page, name="account_login"),
    path("accounts/login/second-factor/", second_factor.authenticate, name="mfa_authenticate"),
    path("accounts/logout/", sign_out.sign_out, name="account_logout"),
    path("accounts/signup/", allauth.signup, name="account_signup"),
    path("accounts/inactive/", allauth.account_inactive, name="account_inactive"),
    path("accounts/link/<str:token>/", sign_in.sign_in_link, name="sign_in_link"),
    path("accounts/password/new/", sign_in.new_password, name="new_password"),
    path("accounts/password/change/", allauth.password_change, name="account_change_password"),
    path("accounts/password/set/", allauth.password_set, name="account_set_password"),
    path("accounts/password/reset/", sign_in.password_reset, name="account_reset_password"),
    path("accounts/password/reset/done/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^accounts/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "accounts/password/reset/key/done/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
