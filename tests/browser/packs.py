"""A visit pack filled in as officers fill it in: opened from disk, answered, signed, exported."""

from pathlib import Path

from playwright.sync_api import Page, expect

from dashboard.words.visit_pack import pack_words

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
    "789c63f8cfc0f01f00050001ff89993d1d0000000049454e44ae426082"
)
ZH = pack_words()["zh"]


def open_stop(page: Page, ref: str) -> None:
    tab = page.locator('#views [data-view="list"]')
    if tab.is_visible():
        tab.click()
    page.locator(f'[data-ref="{ref}"]').click()


def answer(page: Page, question: str, text: str) -> None:
    field = page.locator(f'[data-question="{question}"] :is(input, textarea)').first
    field.fill(text)
    field.blur()


def choose(page: Page, question: str, choice: str) -> None:
    page.locator(f'[data-question="{question}"] input[value="{choice}"]').check()


def photograph(page: Page, question: str, name: str, data: bytes) -> None:
    file = {"name": name, "mimeType": "image/png", "buffer": data}
    page.locator(f'[data-question="{question}"] input[type="file"]').set_input_files([file])


def sign(page: Page, role: str) -> None:
    field = page.locator(f'[data-role="{role}"]')
    canvas = field.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    for step in range(1, 8):
        page.mouse.move(box["x"] + 20 + 20 * step, box["y"] + 20 + 6 * (step % 3))
    page.mouse.up()
    field.get_by_role("button", name=ZH["sign"]).click()
    expect(field.locator("small")).to_contain_text("UTC")


def export(page: Page) -> bytes:
    with page.expect_download() as download:
        page.locator("#export").click()
    return Path(download.value.path()).read_bytes()
