"""Pictures of a page: what was acted on is marked, what is private is masked, nothing is left."""

from __future__ import annotations

import base64

import pytest

from golive.browser import Browser
from golive.uat.camera import Camera


@pytest.fixture
def page():
    browser = Browser.start()
    yield browser.context().new_page()
    browser.close()


_COUNT = """async data => {
  const image = new Image();
  image.src = 'data:image/jpeg;base64,' + data;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.width; canvas.height = image.height;
  const pen = canvas.getContext('2d');
  pen.drawImage(image, 0, 0);
  const all = pen.getImageData(0, 0, image.width, image.height).data;
  const near = (i, r, g, b) => Math.abs(all[i] - r) < 40 && Math.abs(all[i + 1] - g) < 40
    && Math.abs(all[i + 2] - b) < 40;
  const found = {mark: 0, mask: 0};
  for (let i = 0; i < all.length; i += 4) {
    if (near(i, 0xd4, 0x38, 0x0d)) found.mark++;
    if (near(i, 0xff, 0, 0xff)) found.mask++;
  }
  return found;
}"""


def pixels(page, path):
    """How many pixels of a picture have the colour of golive's mark, and of Playwright's mask."""
    return page.evaluate(_COUNT, base64.b64encode(path.read_bytes()).decode())


def test_a_picture_marks_what_was_acted_on_and_leaves_no_trace(page, tmp_path):
    page.set_content("<p>one</p><button>Save</button>")
    button = page.get_by_role("button")
    assert Camera(page).take(tmp_path / "plain.jpg")
    assert Camera(page).take(tmp_path / "marked.jpg", acted=button)
    assert button.evaluate("e => e.attributes.length") == 0
    assert pixels(page, tmp_path / "plain.jpg")["mark"] == 0
    assert pixels(page, tmp_path / "marked.jpg")["mark"] > 100


def test_a_picture_masks_passwords_and_what_the_page_calls_private(page, tmp_path):
    page.set_content("<input type=password value=x><p data-private>Zhang San</p><p>open</p>")
    assert Camera(page).take(tmp_path / "a.jpg")
    assert pixels(page, tmp_path / "a.jpg")["mask"] > 2000


def test_a_picture_masks_what_is_private_in_a_frame(page, tmp_path):
    page.set_content("<p>open</p><iframe srcdoc='<p data-private>Zhang San</p>'></iframe>")
    assert page.frames[1].locator("p").inner_text() == "Zhang San"
    assert Camera(page).take(tmp_path / "a.jpg")
    assert pixels(page, tmp_path / "a.jpg")["mask"] > 1000


def test_a_picture_of_what_is_gone_is_taken_all_the_same(page, tmp_path):
    page.set_content("<p>one</p>")
    assert Camera(page).take(tmp_path / "a.jpg", acted=page.get_by_role("button"))


def test_a_picture_that_cannot_be_taken_is_no_error(page, tmp_path):
    page.close()
    assert not Camera(page).take(tmp_path / "a.jpg")


def test_the_mark_leaves_an_elements_own_style_as_it_was(page, tmp_path):
    page.set_content("<button style='outline: 1px dotted green'>Save</button>")
    button = page.get_by_role("button")
    before = button.evaluate("e => e.style.cssText")
    assert Camera(page).take(tmp_path / "a.jpg", acted=button)
    assert pixels(page, tmp_path / "a.jpg")["mark"] > 100
    assert button.evaluate("e => e.style.cssText") == before


@pytest.mark.parametrize(
    "content",
    [
        "<style>@keyframes m { to { margin: 9px } } p { animation: m 60s }</style><p>one</p>",
        "<p>one</p><iframe srcdoc='<p>two</p>'></iframe>",
        (
            "<my-box></my-box><script>customElements.define('my-box', class extends HTMLElement {"
            "constructor() { super(); this.attachShadow({mode: 'open'}).innerHTML = '<p>x</p>' }})"
            "</script>"
        ),
    ],
    ids=["in motion", "a frame", "a shadow root"],
)
def test_pages_that_are_not_plain_are_pictured_and_marked_too(page, tmp_path, content):
    page.set_content(content + "<button>Save</button>")
    assert Camera(page).take(tmp_path / "a.jpg", acted=page.get_by_role("button"))
    assert pixels(page, tmp_path / "a.jpg")["mark"] > 100
    assert page.get_by_role("button").evaluate("e => e.attributes.length") == 0


def test_two_pages_of_one_window_are_both_pictured(page, tmp_path):
    page.set_content("<p>one</p>")
    other = page.context.new_page()
    other.set_content("<p>two</p>")
    assert Camera(page).take(tmp_path / "a.jpg")
    assert Camera(other).take(tmp_path / "b.jpg")
    assert (tmp_path / "a.jpg").read_bytes() != (tmp_path / "b.jpg").read_bytes()
