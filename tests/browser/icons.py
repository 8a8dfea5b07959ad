"""Makes the PNG icons of our SVG ones: `python -m tests.browser.icons`, after a change."""

import asyncio
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright

from tests.browser.conftest import CHROMIUM, QUIET

ICONS = Path(__file__).parents[2] / "web" / "icons"
# A phone of Apple's rounds corners by itself, and shows black where nothing is.
MADE = {
    "hearth-192.png": ("hearth.svg", 192),
    "hearth-512.png": ("hearth.svg", 512),
    "maskable-192.png": ("maskable.svg", 192),
    "maskable-512.png": ("maskable.svg", 512),
    "hearth-180.png": ("maskable.svg", 180),
}


async def main() -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = await browser.new_page()
        for name, (source, size) in MADE.items():
            await page.set_viewport_size({"width": size, "height": size})
            drawn = (ICONS / source).read_text().replace("<svg", f'<svg width="{size}"', 1)
            await page.set_content(f"<body style='margin:0;line-height:0'>{drawn}</body>")
            await page.screenshot(path=ICONS / name, omit_background=True)
            # Few colours, so few bytes.
            picture = Image.open(ICONS / name).quantize(32, Image.Quantize.FASTOCTREE)
            picture.save(ICONS / name, optimize=True)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
