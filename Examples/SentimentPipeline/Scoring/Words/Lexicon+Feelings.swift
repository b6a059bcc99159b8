extension Lexicon {
    /// What people say of their own state, and of how sure they are.
    static let feelings: [WeightedWords] = [
        WeightedWords(
            2.5,
            """
            addicted-to blown-away can't-wait cannot-wait cant-wait ecstatic elated euphoric game-changer game-changing
            head-over-heels life-changing over-the-moon overjoyed smitten spellbound tickled-pink
            """),
        WeightedWords(
            2,
            """
            amuse amused amusing amusingly astonished cherish cherished chuckle chuckled comforted content contented
            encouraging enthralled enthralling entranced excited fascinated fascinating fond giddy grinning hooked
            in-awe in-love moved moving obsessed pampered pumped smile smiled smiles smiling spoilt-rotten stoked
            touched touching
            """),
        WeightedWords(
            1.5,
            """
            amazed amazes calming charmed cheered confidence convinced delicate dreamlike ease encouraged entertain
            entertaining entertainment entertains gladness gratifying heartfelt heartwarming hope inspiration
            inspirational laugh-out-loud mellow nostalgic peace poignant rave raved raving reassured reassuring
            refreshed rejuvenated respect respected romantic serene stunned sympathetic tranquil warmed
            """),
        WeightedWords(0.6, "hopefully interest intrigued intriguing surprise surprised surprising surprisingly"),
        WeightedWords(
            -2.5,
            """
            depressed depressing devastated disillusioned enraged fuming heartbroken humiliated humiliating livid
            mortified seething sickened traumatised traumatized
            """),
        WeightedWords(
            -2,
            """
            afraid bitterly buyer's-remorse crying despair disbelief disheartened disheartening dismayed dread fed-up
            grief heartbreak heartbreaking horrified irate let-down letdown mad pissed pity resent scared scary sorrow
            terrified terrifying tormented uneasy
            """),
        WeightedWords(
            -1.5,
            """
            alarmed anguish baffled bewildered bewildering clueless cringed desperation disconcerting distress
            distressed distressing exhausted flabbergasted groan grumble mislead moaned nervous overwhelmed overwhelming
            perplexed puzzled rant sceptical scream screamed screaming sigh skeptical startled tense unnerving weep
            wince winced yawn yawned yell yelled
            """),
    ]
}
