extension Lexicon {
    /// What people say of films, books and other stories.
    static let stories: [WeightedWords] = [
        WeightedWords(
            2.5,
            """
            a-must-see all-time-favorite all-time-favourite award-winning blew-my-mind broke-my-heart brought-tears
            compelling cried-laughing cult-classic edge-of-your-seat feel-good gripping instant-classic kept-me-guessing
            laugh-out-loud-funny laughed-out-loud moved-me moved-to-tears must-own must-watch on-the-edge oscar-worthy
            page-turner riveting spellbinding tour-de-force true-classic two-thumbs-up unputdownable work-of-art
            """),
        WeightedWords(
            2,
            """
            absorbing acclaimed artful artistic atmospheric beautifully-filmed beautifully-shot beautifully-written
            believable brought-to-life cinematic classic cleverly-written comes-to-life complex could-not-put-it-down
            couldn't-look-away couldn't-put-it-down couldn't-stop-reading couldn't-stop-watching gifted good-story
            great-acting great-cast great-plot great-script great-story hard-to-put-down heart-warming hits-home
            imaginative ingenious insightful intelligent intelligently intense intensely lyrical nuanced provocative
            pure-brilliance rings-true solid-cast spot-on stays-with-you steals-every-scene steals-the-show
            sticks-with-you stole-the-show strong-cast subtle subtly suspenseful tastefully thought-provoking
            to-the-hilt understated understatement vividly well-cast well-directed well-paced whimsical wit witty
            worth-a-watch worth-checking-out worth-seeing worth-watching
            """),
        WeightedWords(
            1.5,
            """
            accessible adventure artistry brisk catchy charisma charismatic chemistry colorful colourful dramatic
            empathy epic evocative exhilarated exotic explosive faithful-adaptation fearless feisty flair hero heroic
            humor humour iconic innocent lovable loveable mastery melodic memorably mesmerised mesmerize mystical noble
            originality playful relatable richly satire satirical sensitivity sincerity soulful storytelling talent
            talents tension-filled tuneful underrated unpretentious wealth wisdom
            """),
        WeightedWords(0.6, "depth human-touch raw real realistic surreal truth"),
        WeightedWords(
            -2.5,
            """
            awful-acting awfully-written bad-book bad-film bad-movie bad-script bad-writing badly-acted badly-written
            charisma-free direct-to-video dreck hard-to-sit-through hard-to-watch horrible-acting hours-back incoherent
            lacks-charisma mind-numbing mindless my-time-back no-redeeming painful-to-read painful-to-watch poorly-acted
            poorly-written put-me-to-sleep redeeming-quality snooze snoozefest straight-to-video terrible-acting
            terrible-script turd unintelligible unmoving walked-out-of waste-of-celluloid waste-of-film waste-of-time
            zero-chemistry
            """),
        WeightedWords(
            -2,
            """
            amateur amateurish-acting bad-acting badly-edited badly-filmed below-par bomb bombed boredom-inducing
            caricature cliche cliched cliches cliché clichéd clichés clunker clunkers contrivance contrivances
            convoluted derivative disjointed dribble hackneyed half-baked ham-fisted hokey implausible incomprehensible
            juvenile knock-offs knockoff low-budget lumbering mawkish melodrama melodramatic monotonous muddled
            no-character no-depth no-imagination no-originality no-story no-suspense no-tension nonsensical
            one-dimensional overwritten paper-thin plodding plot-hole plotless pompous poor-script preachy preposterous
            sappy schlock schlocky self-indulgent soulless stilted stupidity talky thin-plot two-dimensional
            unbelievable-plot unconvincing unengaging unfocused unoriginal wannabe weak-plot weak-script wooden yawns
            """),
        WeightedWords(
            -1.5,
            """
            abrupt aimless bloated cheese childish choppy confusion cop-out dragged-on drags-on drone dumbed-down empty
            forced formulaic gratuitous hole hole-ridden holes inconsistencies indulgent inept lethargic meandering
            meaningless moron moronic morons overacted overacting overblown padded plot-holes rambling ridicule
            shallowness slow-moving slow-paced stagy stereotypes sugary tiresomely trivial uneventful unlikable
            unlikeable vacuous vapid
            """),
    ]
}
