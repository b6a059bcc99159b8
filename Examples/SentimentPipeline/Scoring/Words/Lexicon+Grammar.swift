extension Lexicon {
    /// The words that change what others mean.
    static let grammar: [WeightedWords] = [
        WeightedWords(
            -0.4, as: .negator,
            """
            ain't aint aren't arent can't cannot cant couldn't couldnt didn't didnt doesn't doesnt don't dont isn't isnt
            mightn't mustn't needn't never no-longer nobody not not-a-single nothing nothing-about nowhere shan't
            shouldn't shouldnt wasn't wasnt weren't werent won't wont wouldn't wouldnt
            """),
        WeightedWords(
            0, as: .negator,
            """
            barely hadn't hadnt hardly hasn't hasnt haven't havent lest neither no no-more none nor rarely scarcely
            seldom unable-to without
            """),
        WeightedWords(0, "no-matter no-one-else no-wonder not-just not-merely not-only not-until nothing-but"),
        WeightedWords(
            1.5, as: .booster,
            """
            absolutely amazingly awfully beyond bloody complete completely damn enormously exceptionally extraordinarily
            extremely freaking fucking hugely immensely incredibly insanely so-very terribly totally unbelievably
            utterly
            """),
        WeightedWords(
            1.3, as: .booster,
            """
            absolute always certainly considerably consistently deeply definitely entirely especially every far highly
            major more most much particularly pure really remarkably seriously significantly simply so such super-duper
            thoroughly total truly unusually utter very way whole wholly
            """),
        WeightedWords(1.1, as: .booster, "also even indeed just pretty-darn quite rather too-true"),
        WeightedWords(
            0.6, as: .booster,
            """
            a-bit a-little a-tad a-touch almost at-times bit fairly kind-of kinda less little marginally mildly
            moderately mostly nearly occasionally partially partly relatively slightly sometimes somewhat sort-of sorta
            """),
        WeightedWords(0, as: .contrast, "but except however nevertheless nonetheless still-though that-said yet"),
        WeightedWords(
            0, as: .concession,
            """
            albeit although apart-from aside-from besides despite even-if in-spite-of notwithstanding other-than
            regardless-of though whereas while whilst
            """),
        WeightedWords(0, as: .excess, "excessively overly too"),
        WeightedWords(
            0, as: .doubt,
            """
            could expected expecting hoped hoping if maybe might perhaps should supposed would
            """),
    ]
}
