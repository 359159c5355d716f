"""The site's files as they lie in site/, before any browser sees them: catalogues, markup, labels, contrast, sizes."""
import gzip
import json
import re
from html.parser import HTMLParser

import pytest

from lab.paths import ROOT

SITE = ROOT / "site"
LANGUAGES = ["en", "de"]
PAGES = sorted(SITE.glob("*.html"))
PARTS = {part.stem: part.read_text() for part in (SITE / "parts").glob("*.html")}
SCRIPTS = sorted((SITE / "js").rglob("*.js"))
VOID = {"meta", "link", "input", "br", "hr", "img", "path", "rect", "source", "wbr"}


def no_twins(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), "a key stands twice"
    return dict(pairs)


def catalogues(language):
    """The one of all pages, and those that one page alone needs (addTexts in js/text.js), by their folders."""
    return {file.parent.name: json.loads(file.read_text(), object_pairs_hook=no_twins) for file in sorted((SITE / "text").rglob(f"{language}.json"))}


def catalogue(language):
    return no_twins([pair for texts in catalogues(language).values() for pair in texts.items()])


TEXTS = {language: catalogue(language) for language in LANGUAGES}


def whole(page):
    """A page with its parts, its places still in it."""
    return re.sub(r"\{\{>([\w-]+)\}\}", lambda match: whole(PARTS[match[1]]), page)


def filled(page, language):
    text = whole(page.read_text())
    text = re.sub(r"\{\{&?([\w-]+\.[\w.-]+)\}\}", lambda match: TEXTS[language][match[1]], text)
    return text.replace("{{lang}}", language)


class Outline(HTMLParser):
    """What a page is made of; fails where tags don't nest."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.headings, self.label_ids, self.ids = [], [], [], set(), []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.elements.append((tag, attributes, list(self.open)))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label" and "for" in attributes:
            self.label_ids.add(attributes["for"])
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> where {self.open} is open"
        self.open.pop()


def outlines():
    return [pytest.param(page, language, id=f"{page.stem}-{language}") for page in PAGES for language in LANGUAGES]


# --- the catalogue

def test_both_languages_have_the_same_texts_in_the_same_order():
    english, german = catalogues("en"), catalogues("de")
    assert list(english) == list(german) == ["text", "operator"]
    for name, texts in english.items():
        assert list(texts) == sorted(texts) == list(german[name]), name


def test_pages_are_filled_from_the_catalogue_of_all_pages():
    for page in PAGES:
        assert set(re.findall(r"\{\{&?([\w-]+\.[\w.-]+)\}\}", whole(page.read_text()))) <= set(catalogues("en")["text"]), page


def test_what_only_the_console_says_is_not_loaded_by_other_pages():
    """Its scripts alone name texts of its own catalogue."""
    console = set(catalogues("en")["operator"])
    for script in SCRIPTS:
        if script.parent.name != "operator" and script.stem != "operator":
            assert not set(re.findall(r"\"(operator\.[\w.-]+)\"", script.read_text())) & console, script


def test_no_text_is_empty_and_each_has_the_same_places_in_both_languages():
    for key, text in TEXTS["en"].items():
        other = TEXTS["de"][key]
        assert text.strip() and other.strip(), key
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", other)), key


def test_texts_hold_markup_only_where_a_page_takes_it_as_markup_and_only_of_a_few_kinds():
    raw = {key for page in PAGES for key in re.findall(r"\{\{&([\w.-]+)\}\}", whole(page.read_text()))}
    for texts in TEXTS.values():
        for key, text in texts.items():
            if key in raw:
                assert set(re.findall(r"</?(\w+)", text)) <= {"a", "b", "br", "code", "em", "strong"}, key
                Outline(text)
            else:
                assert not re.search(r"<[a-z/]", text), key


def used_keys():
    """Keys that pages and scripts name, and the beginnings of those that scripts put together."""
    exact, beginnings = set(), set()
    for page in PAGES:
        exact |= set(re.findall(r"\{\{&?([\w-]+\.[\w.-]+)\}\}", whole(page.read_text())))
    for script in SCRIPTS:
        text = script.read_text()
        exact |= {key for key in re.findall(r"\"([a-z_]+\.[\w.-]+)\"", text) if key in TEXTS["en"]}
        exact |= set(re.findall(r"(?<![.\w])(?:t|rich|has)\(\"([\w.-]+)\"", text))
        beginnings |= set(re.findall(r"`([a-z_]+\.[\w-]*)\$\{", text))
    return exact, beginnings


def test_every_text_that_is_named_is_there():
    exact, beginnings = used_keys()
    counted = {re.sub(r"\.(one|other)$", "", key) for key in TEXTS["en"]}
    assert exact - set(TEXTS["en"]) - counted == set()
    for beginning in beginnings:
        assert any(key.startswith(beginning) for key in TEXTS["en"]), beginning


def test_every_text_is_used():
    exact, beginnings = used_keys()
    unused = [key for key in TEXTS["en"] if key not in exact and re.sub(r"\.(one|other)$", "", key) not in exact and not key.startswith(tuple(beginnings))]
    assert unused == []


def test_what_the_site_can_refuse_with_has_a_text():
    words = set()
    for source in (ROOT / "src" / "site").glob("*.c"):
        text = source.read_text()
        words |= set(re.findall(r"site_refuse\(\s*request,\s*\d+,\s*\"([\w-]+)\"", text))
        words |= set(re.findall(r"site_refuse_field\(\s*request,\s*[^,]+,\s*\"([\w-]+)\"", text))
    words |= set(re.findall(r"\brefuse\(request, \d+, \"([\w-]+)\"", (ROOT / "src" / "role" / "front" / "site.c").read_text()))
    assert words
    assert {word for word in words if f"error.{word}" not in TEXTS["en"]} == set()


def test_everything_that_goes_into_a_history_has_a_text():
    words = set()
    for source in (ROOT / "src" / "site").glob("*.c"):
        words |= set(re.findall(r"site_event\(txn, request, [^,]+, \"([\w-]+)\"", source.read_text()))
    assert words
    assert {word for word in words if f"history.{word}" not in TEXTS["en"]} == set()


# --- pages

@pytest.mark.parametrize(("page", "language"), outlines())
def test_a_page_nests_has_one_heading_of_the_first_level_and_skips_none(page, language):
    outline = Outline(filled(page, language))
    assert outline.headings.count(1) == 1 and outline.headings[0] == 1
    for before, after in zip(outline.headings, outline.headings[1:]):
        assert after <= before + 1
    assert len(outline.ids) == len(set(outline.ids)), "an id stands twice"
    html = next(attributes for tag, attributes, _ in outline.elements if tag == "html")
    assert html["lang"] == language
    assert [tag for tag, _, _ in outline.elements].count("main") == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_control_of_a_page_has_a_label_and_every_button_a_kind(page):
    outline = Outline(filled(page, "en"))
    for tag, attributes, above in outline.elements:
        if tag in ("input", "select", "textarea") and "hidden" not in attributes and attributes.get("type") != "hidden":
            assert attributes.get("id") in outline.label_ids or "label" in above or "aria-label" in attributes, attributes
        if tag == "button":
            assert attributes.get("type") in ("button", "submit"), attributes
        for reference in ("aria-describedby", "aria-labelledby", "aria-controls"):
            for name in attributes.get(reference, "").split():
                assert name in outline.ids, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_holds_no_script_or_style_of_its_own_and_brings_in_nothing_from_elsewhere(page):
    text = filled(page, "en")
    for tag, attributes, _ in Outline(text).elements:
        assert "style" not in attributes and not [name for name in attributes if name.startswith("on")], attributes
        assert tag not in ("style", "iframe", "object", "embed", "base"), tag
        for name in ("src", "srcset", "action"):
            assert attributes.get(name, "/").startswith("/"), attributes
        if tag == "link":
            assert attributes["href"].startswith("/"), attributes
        if tag == "script":
            assert attributes.get("type") == "module" and attributes.get("src"), attributes
    assert not re.search(r"<script[^>]*>[^<]", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_within_the_site_lead_to_pages_that_are_there(page):
    served = {"/" if one.stem == "index" else f"/{one.stem}" for one in PAGES} | {"/root.pem", "/acme/directory", "/style.css", "/mark.svg"}
    for tag, attributes, _ in Outline(filled(page, "en")).elements:
        for name in ("href", "src"):
            path = re.sub(r"#.*", "", attributes.get(name, ""))
            if path.startswith("/") and not path.startswith("/api/"):
                assert path in served or (SITE / path[1:]).is_file(), path


# --- scripts

@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_script_makes_no_markup_runs_no_text_and_asks_no_other_host(script):
    text = script.read_text()
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "DOMParser", ".style.", "javascript:"):
        assert forbidden not in text, forbidden
    assert not re.search(r"fetch\(\s*[\"'`]https?:", text)
    for imported in re.findall(r"(?:from|import) ?\(?\"([^\"]+)\"", text):
        assert imported.startswith("/js/") and (SITE / imported[1:]).is_file(), imported


def needed_by(page):
    """All files that a browser loads to show a page, but its text: that is in the page's size."""
    files, todo = {SITE / "style.css", SITE / "mark.svg"}, re.findall(r"src=\"/(js/[^\"]+)\"", whole(page.read_text()))
    while todo:
        script = SITE / todo.pop()
        if script not in files:
            files.add(script)
            todo += [name[1:] for name in re.findall(r"from \"(/js/[^\"]+)\"", script.read_text())]
    return files


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_and_wizard_together_are_less_than_75_kilobytes_on_their_way(language):
    pages = [SITE / "index.html", SITE / "get.html"]
    bodies = [file.read_bytes() for file in set().union(*(needed_by(page) for page in pages)) | {SITE / "text" / f"{language}.json"}]
    bodies += [filled(page, language).encode() for page in pages]
    assert sum(len(gzip.compress(body)) for body in bodies) < 75 * 1024
    assert sum(len(body) for body in bodies) < 175 * 1024


def test_the_whole_site_is_less_than_150_kilobytes_on_its_way():
    files = [file for file in SITE.rglob("*") if file.is_file() and "letters" not in file.parts]
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) < 150 * 1024


# --- colours

def palettes():
    css = (SITE / "style.css").read_text()
    light, dark = re.findall(r":root \{(.*?)\}", css, re.S)
    read = lambda block: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
    return [pytest.param(read(light), id="light"), pytest.param({**read(light), **read(dark)}, id="dark")]


def contrast(one, other):
    def luminance(colour):
        parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", palettes())
def test_text_stands_out_from_what_it_stands_on(palette):
    for ink in ("ink", "quiet", "accent", "accent-strong", "bad"):
        for paper in ("paper", "card"):
            assert contrast(palette[ink], palette[paper]) >= 4.5, (ink, paper)
    for ink, paper in (("ink", "code"), ("ink", "tint"), ("accent", "tint"), ("on-accent", "accent"), ("on-accent", "accent-strong"), ("good", "good-tint"), ("warn", "warn-tint"),
                       ("bad", "bad-tint"), ("ink", "good-tint"), ("ink", "warn-tint"), ("ink", "bad-tint"), ("accent", "warn-tint"), ("accent", "bad-tint")):
        assert contrast(palette[ink], palette[paper]) >= 4.5, (ink, paper)
    for edge in ("edge", "accent", "two", "three"):
        for paper in ("paper", "card"):
            assert contrast(palette[edge], palette[paper]) >= 3, (edge, paper)
