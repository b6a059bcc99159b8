extension Lexicon {
    /// Emoji and emoticons; negation does not reach them.
    static let signs: [WeightedWords] = [
        WeightedWords(
            2, as: .sign,
            """
            ☀ ☺ ♥ ✅ ✔ ✨ ❤ ⭐ 🌈 🌞 🌟 🎉 🎊 🏆 👌 👍 👏 👑 💎 💓 💕 💖 💗 💙 💚 💛 💜 💝 💞 💪 💯 🔥 🖤 😀 😁 😂 😃 😄 😆 😇 😉 😊 😋 😌 😍 😎 😘 😸 😺 😻 🙂 🙌 🙏 🚀
            🤌 🤍 🤗 🤝 🤣 🤤 🤩 🥇 🥰 🥳 🥹 🧡 🫶
            """),
        WeightedWords(1.5, as: .sign, ":-) :-D :-P :') :) :D :P :] :p ;-) ;) <3 =) =D xd"),
        WeightedWords(
            -2, as: .sign,
            """
            ☠ ☹ ⚠ ⛔ ✖ ❌ 👎 👿 💀 💔 💩 🖕 🗑 😑 😒 😓 😔 😕 😖 😞 😟 😠 😡 😢 😣 😤 😥 😨 😩 😫 😬 😭 😰 😱 😵 😾 😿 🙁 🙄 🚫 🤡 🤢 🤦 🤬 🤮 🥱 🥴 🥶
            """),
        WeightedWords(-1.5, as: .sign, ":-( :-/ :-| :'( :( :/ :[ :| </3 =( >:("),
    ]
}
