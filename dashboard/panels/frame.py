"""The frame of every screen: styles, title line, demonstration mark, language switch, notices."""

import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

import streamlit as st

from dashboard.doors.access import Visitor, offices_seen, screens_of, title_of
from dashboard.doors.visitors import BY_COOKIE
from dashboard.reads import DataState
from dashboard.session import set_widget, widget
from dashboard.text import say
from dashboard.view import LANGUAGES, Ignored, Screen, View
from geodata import City, Language

BEHIND = frozenset({"acts", "volunteer"})
"""Screens that stand behind the person's mark, not in the row of screens."""

STYLES = Path(__file__).with_name("frame.css")
PLAIN_STYLES = Path(__file__).with_name("plain_frame.css")
UPLOAD_STYLE = """<style>
[data-testid="stFileUploaderDropzone"] button p {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] button p::after {{ content: "{word}"; font-size: 0.9rem; }}
[data-testid="stFileUploaderDropzoneInstructions"] {{ display: none; }}
</style>"""
"""Streamlit's own words on where a file is dropped are English alone; ours stand in their place."""


def show_frame(
    city: City,
    state: DataState,
    view: View,
    *,
    on_language: Callable[[Language], None],
    on_screen: Callable[[Screen], None],
    who: Visitor,
) -> None:
    """Show the title line of every screen: title and mark, screens, languages, who is here."""
    language = view.language
    st.html(STYLES)
    st.html(UPLOAD_STYLE.format(word=say("frame.upload", language)))
    widths = [0.36, 0.52, 0.085, 0.035]
    title, screens, switch, person = st.columns(widths, gap="xsmall", vertical_alignment="center")
    words = say("frame.mixed" if state.is_mixed else "frame.demonstration", language)
    mark = f'<span class="pim-demo">{words}</span>'
    subtitle = _subtitle(city, state, who, language)
    title.html(
        f'<h1 class="pim">{say("frame.title", language)}'
        f"{mark if state.is_demonstration else ''}</h1>"
        f'<div class="pim-sub">{escape(subtitle)}</div>'
    )
    set_widget("screen", view.screen if view.screen not in BEHIND else None)
    screens.segmented_control(
        say("frame.screens", language),
        [one for one in screens_of(who) if one not in BEHIND],
        format_func=lambda one: say(f"screens.{one}", language),
        key="screen",
        label_visibility="collapsed",
        on_change=lambda: on_screen(widget("screen") or view.screen),
    )
    with switch:
        _show_languages(language, on_language)
    with person:
        _show_person(who, language, on_screen)


def show_plain_frame(
    view: View,
    *,
    on_language: Callable[[Language], None],
    on_screen: Callable[[Screen], None],
    who: Visitor,
    is_demonstration: bool,
) -> None:
    """Show the title line of a page for people from outside: no data, no other screen.

    Narrow, so that it is the same page on a telephone. On one's own machine there is a way back.
    """
    language = view.language
    mark = f' <span class="pim-demo">{say("frame.demonstration", language)}</span>'
    st.html(STYLES)
    st.html(PLAIN_STYLES)
    st.html(UPLOAD_STYLE.format(word=say("frame.upload", language)))
    st.html(
        f'<h1 class="pim">{say("volunteer.title", language)}{mark if is_demonstration else ""}</h1>'
        f'<div class="pim-sub">{escape(say("volunteer.subtitle", language, name=who.name))}</div>'
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        _show_languages(language, on_language)
        _show_way_out(who, language)
        if len(screens_of(who)) > 1:
            st.button(
                say("volunteer.back", language),
                key="back-to-office",
                icon=":material/arrow_back:",
                on_click=lambda: on_screen(screens_of(who)[0]),  # type: ignore[arg-type]
            )


def _show_languages(language: Language, on_language: Callable[[Language], None]) -> None:
    """Show the languages, each in its own."""
    set_widget("language", language)
    st.segmented_control(
        say("frame.language", language),
        LANGUAGES,
        format_func=lambda one: say("frame.this_language", one),
        key="language",
        label_visibility="collapsed",
        on_change=lambda: on_language(widget("language") or language),
    )


def _subtitle(city: City, state: DataState, who: Visitor, language: Language) -> str:
    """Return whose data is seen and up to which day: every figure below counts that alone."""
    as_of, offices = state.as_of.isoformat(), offices_seen(who)
    if offices is None:
        return say("frame.subtitle", language, city=city.title.says(language), as_of=as_of)
    short = {one.id: one.short.says(language) for one in city.jurisdictions}
    own = "、".join(short.get(one, one) for one in sorted(offices)) or "—"
    return say("access.subtitle", language, office=own, as_of=as_of)


def _show_person(who: Visitor, language: Language, on_screen: Callable[[Screen], None]) -> None:
    """Show who is here, by what way, and what else they have: the record of acts, the way out."""
    with st.popover("", icon=":material/account_circle:", key="person"):
        if who.way == "none":
            st.markdown(f"**{say('access.own_machine', language)}**")
            st.caption(say("access.own_machine_about", language))
        else:
            role = title_of(who, language)
            st.markdown(_words(say("access.who", language, name=who.name, role=role)))
        if "acts" in screens_of(who):
            st.button(
                say("screens.acts", language),
                key="open-acts",
                icon=":material/history:",
                width="stretch",
                on_click=lambda: on_screen("acts"),
            )
        if "volunteer" in screens_of(who):
            st.button(
                say("volunteer.try_page", language),
                key="open-volunteer",
                icon=":material/volunteer_activism:",
                width="stretch",
                on_click=lambda: on_screen("volunteer"),
            )
        _show_way_out(who, language)


def _show_way_out(who: Visitor, language: Language) -> None:
    """Show the button by which somebody who signed in leaves."""
    if who.way in BY_COOKIE:
        st.link_button(
            say("access.sign_out.title", language),
            f"sign-out?lang={language}",
            icon=":material/logout:",
        )


def show_closed(who: Visitor, language: Language) -> None:
    """Show why nothing is shown to somebody who is not known, and the way in if there is one."""
    st.html(STYLES)
    said = say(f"access.refused.{who.refusal or 'not_signed_in'}", language)
    st.error(said, title=say("access.refused.title", language), icon=":material/block:")
    if who.way in BY_COOKIE:
        st.link_button(say("access.sign_in.title", language), f"sign-in?lang={language}")


def show_no_screen(who: Visitor, language: Language) -> None:
    """Say that a role does not have this screen, and what to do."""
    role = title_of(who, language)
    if screens_of(who):
        st.info(_words(say("access.no_screen", language, role=role)), icon=":material/block:")
    else:
        said = say("access.no_screens", language, name=who.name, role=role)
        st.info(_words(said), icon=":material/block:")


def show_ignored(ignored: Sequence[Ignored], language: Language) -> None:
    """Say which parts of the address meant nothing here."""
    if ignored:
        parts = "、".join(f"`{_plain(one.name)}={_plain(one.value)}`" for one in ignored[:8])
        st.warning(say("frame.ignored", language, parts=parts), icon=":material/link_off:")


def show_trouble(sentence: str, language: Language) -> None:
    """Show what is wrong with the installation and what to do, in place of a screen."""
    st.html(STYLES)
    st.error(sentence, title=say("frame.trouble", language), icon=":material/report:")


def _words(sentence: str) -> str:
    """Return a sentence of which no letter is taken for markup."""
    return re.sub(r"([\\\\`*_\[\]<>#~$:])", r"\\\1", sentence)


def _plain(value: str) -> str:
    return "".join(letter for letter in value[:60] if letter.isprintable() and letter != "`")
