# ruff: noqa: RUF001 - emoji are meant to be what they are
"""Slack's names of emoji: those that alerts and builds use; others stay as written.

A library that knows all of them would cost 10 MB of memory.
"""

_TABLE = """
fire 🔥 warning ⚠️ rotating_light 🚨 boom 💥 bomb 💣 skull 💀 ghost 👻 zap ⚡ bug 🐛
sos 🆘 white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌
negative_squared_cross_mark ❎ heavy_multiplication_x ✖️ no_entry ⛔
no_entry_sign 🚫 octagonal_sign 🛑 construction 🚧 red_circle 🔴
large_orange_circle 🟠 orange_circle 🟠 large_yellow_circle 🟡 yellow_circle 🟡
large_green_circle 🟢 green_circle 🟢 large_blue_circle 🔵 large_purple_circle 🟣
white_circle ⚪ black_circle ⚫ large_red_square 🟥 large_green_square 🟩
green_heart 💚 heart ❤️ broken_heart 💔 bell 🔔 no_bell 🔕 mega 📣 loudspeaker 📢
speech_balloon 💬 information_source ℹ️ question ❓ exclamation ❗ bangbang ‼️
bulb 💡 mag 🔍 eyes 👀 hourglass ⌛ hourglass_flowing_sand ⏳ stopwatch ⏱️
alarm_clock ⏰ clock1 🕐 calendar 📅 rocket 🚀 tada 🎉 sparkles ✨ star ⭐ trophy 🏆
ship 🚢 package 📦 gift 🎁 hammer 🔨 wrench 🔧 hammer_and_wrench 🛠️ gear ⚙️
recycle ♻️ wastebasket 🗑️ arrow_up ⬆️ arrow_down ⬇️ arrow_right ➡️
arrows_counterclockwise 🔄 chart_with_upwards_trend 📈
chart_with_downwards_trend 📉 bar_chart 📊 computer 💻 floppy_disk 💾 lock 🔒
unlock 🔓 key 🔑 link 🔗 pushpin 📌 memo 📝 clipboard 📋 books 📚 book 📖
page_facing_up 📄 email 📧 robot_face 🤖 +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 clap 👏
wave 👋 ok_hand 👌 pray 🙏 muscle 💪 point_right 👉 smile 😄 sob 😭 cry 😢 scream 😱
sweat_smile 😅 thinking_face 🤔 facepalm 🤦 coffee ☕ cat 🐱 monkey_face 🐵
heavy_plus_sign ➕ heavy_minus_sign ➖ checkered_flag 🏁 triangular_flag_on_post 🚩
cloud ☁️ earth_americas 🌎
"""
_words = _TABLE.split()
EMOJI = dict(zip(_words[::2], _words[1::2], strict=True))
