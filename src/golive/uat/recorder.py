"""Watch a person work in the browser and write down what was done as sentences.

What is pressed, entered, chosen and ticked becomes a sentence with the name a person reads: label,
button or link. Nothing is named by its place in the page; what has no name is a remark to fill in.
The checks are left to the person: a recording says what was done, never what must come of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from golive.browser import BrowserContext, BrowserError
from golive.uat.keywords import KEYWORDS
from golive.uat.phrases import Phrasebook
from golive.uat.translating import translate_sentence
from golive.uat.wording import is_chinese, say

__all__ = ["Deed", "Recorder", "recorded_feature", "sentences"]

#: Tells golive what a person did, with the name that is read for the thing it was done to.
_WATCH = """() => {
  if (window.__goliveWatching) return;
  window.__goliveWatching = true;
  const clean = text => (text || '').replace(/[\\s\\u00a0\\u3000]+/g, ' ').trim()
    .replace(/^[*＊]\\s*|\\s*[*＊:：]+$/g, '');
  const labelled = e => {
    const ids = (e.getAttribute('aria-labelledby') || '').split(/\\s+/).filter(Boolean);
    const by = ids.map(id => document.getElementById(id)?.innerText || '').join(' ');
    const label = e.labels && e.labels[0];
    let own = '';
    if (label) {
      const copy = label.cloneNode(true);
      copy.querySelectorAll('select,input,textarea,button').forEach(x => x.remove());
      own = copy.textContent;
    }
    return clean(by || e.getAttribute('aria-label') || own || e.placeholder || e.title);
  };
  const tell = deed => window.goliveDid(deed);
  const field = 'input:not([type=submit]):not([type=button]):not([type=hidden]),select,textarea';
  document.addEventListener('change', event => {
    const e = event.target;
    if (!(e instanceof Element) || !e.matches(field)) return;
    const name = labelled(e);
    if (e.matches('[type=checkbox]')) tell({kind: e.checked ? 'tick' : 'untick', name: name});
    else if (e.matches('[type=radio]')) tell({kind: 'choose-option', name: name});
    else if (e.matches('[type=file]')) tell({kind: 'upload', name: name,
      value: e.files.length ? e.files[0].name : ''});
    else if (e.matches('[type=password]')) tell({kind: 'secret', name: name});
    else if (e.tagName === 'SELECT') tell({kind: 'select', name: name,
      value: clean(e.selectedOptions[0]?.innerText)});
    else tell({kind: e.getAttribute('role') === 'combobox' ? 'lookup' : 'enter',
      name: name, value: e.value});
  }, true);
  document.addEventListener('click', event => {
    const pressed = 'button,a,[role=button],[role=link],[role=tab],[role=menuitem],'
      + 'input[type=submit],input[type=button]';
    const e = event.target instanceof Element && event.target.closest(pressed);
    if (!e) return;
    const name = clean(e.getAttribute('aria-label') || e.innerText || e.value);
    const menu = !!e.closest('nav,[role=navigation]');
    // A field that still has the focus tells its change first.
    if (document.activeElement && document.activeElement !== e && document.activeElement.blur)
      document.activeElement.blur();
    tell({kind: menu ? 'menu' : 'click', name: name});
  }, true);
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing a person did: a phrase's id, the name of the thing and the value given."""

    kind: str
    name: str
    value: str = ""


class Recorder:
    """Collects the deeds of one browser window, in their order."""

    def __init__(self, context: BrowserContext) -> None:
        self.deeds: list[Deed] = []
        context.expose_function("goliveDid", self._did)
        context.add_init_script(f"({_WATCH})()")
        for page in context.pages:
            try:
                page.evaluate(_WATCH)
            except BrowserError:
                continue

    def _did(self, told: Mapping[str, Any]) -> None:
        deed = Deed(
            kind=str(told.get("kind", "")),
            name=str(told.get("name", "")),
            value=str(told.get("value", "")),
        )
        last = self.deeds[-1] if self.deeds else None
        if last is not None and (last.kind, last.name) == (deed.kind, deed.name) and deed.value:
            # Typed again into the same field: what counts is what stood there in the end.
            self.deeds[-1] = replace(last, value=deed.value)
        else:
            self.deeds.append(deed)


_ENGLISH: Mapping[str, str] = {
    "open": 'I open "{value}"',
    "click": 'I click "{name}"',
    "menu": 'I go to "{name}" in the menu',
    "enter": 'I enter "{value}" in "{name}"',
    "lookup": 'I search for "{value}" in "{name}" and pick it',
    "select": 'I select "{value}" in "{name}"',
    "tick": 'I tick "{name}"',
    "untick": 'I untick "{name}"',
    "choose-option": 'I choose the option "{name}"',
    "upload": 'I upload the file "{value}" to "{name}"',
}


def sentences(deeds: Iterable[Deed], book: Phrasebook, language: str) -> Iterator[str]:
    """Yield the sentence of each deed; a remark beginning with ``#`` where none can be said."""
    for deed in deeds:
        if deed.kind == "secret":
            yield say(
                language,
                "# a password was typed: use 'I am signed in as \"…\"'",
                "# 输入了密码：请改用“我以“…”身份登录”",
            )
        elif deed.kind not in _ENGLISH or (not deed.name and deed.kind != "open"):
            yield say(
                language,
                f"# {deed.kind}: what it was done to has no name; say which",
                f"# {deed.kind}：操作的对象没有名称，请补充",
            )
        elif deed.kind == "enter" and not deed.value:
            english = f'I clear "{deed.name}"'
            yield (translate_sentence(english, book, language) or english)
        else:
            name, value = (text.replace('"', "'") for text in (deed.name, deed.value))
            english = _ENGLISH[deed.kind].format(name=name, value=value)
            yield (translate_sentence(english, book, language) or english)


def recorded_feature(
    deeds: Sequence[Deed], book: Phrasebook, language: str, *, title: str, role: str
) -> str:
    """Return a feature of what was done; it says that the check is still to be written."""
    code = "zh-CN" if is_chinese(language) else "en"
    words = KEYWORDS[code]
    lines = [f"# language: {code}"] if code != "en" else []
    lines += [
        f"{words.feature[0]}: {title}",
        "",
        f"  {words.scenario[0 if code != 'en' else -1]}: {title}",
    ]
    if role:
        signed = f'I am signed in as "{role}"'
        signed = translate_sentence(signed, book, language) or signed
        lines.append(f"    {words.given[0]}{signed}")
    first = True
    for sentence in sentences(deeds, book, language):
        if sentence.startswith("#"):
            lines.append(f"    {sentence}")
            continue
        lines.append(f"    {words.when[0] if first else words.and_[0]}{sentence}")
        first = False
    lines.append(
        say(
            language,
            '    # write what must be true now: Then I should see "…"',
            "    # 请写明现在应当成立的结果：那么我应该看到“…”",
        )
    )
    return "\n".join(lines) + "\n"
