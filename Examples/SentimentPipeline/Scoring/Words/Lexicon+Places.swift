extension Lexicon {
    /// What people say of food, staff and places.
    static let places: [WeightedWords] = [
        WeightedWords(
            3,
            """
            delectable delicious deliciously divine melt-in-your-mouth mouthwatering scrumptious to-die-for
            """),
        WeightedWords(
            2,
            """
            a-must above-and-beyond accommodating again-and-again always-a-hit always-fresh always-friendly appetizing
            attentive back-again back-for-more back-soon be-back be-back-soon be-going-back can't-wait-to-go-back
            come-back come-back-for come-here-again comfort-food coming-back cooked-perfectly cooked-to-perfection
            crispy crowd-favorite crunchy definitely-be-back eat-here-again favorite-spot felt-welcome finger-licking
            flavorful flavourful flavoursome generous-portion go-back go-back-for go-here-again going-back-for
            great-spot hidden-gem hit-the-spot home-cooked huge-portions i'll-be-back juicy knowledgeable large-portions
            made-us-feel melts-in-your-mouth moist must-stop must-try must-visit my-favorite-place my-go-to
            never-disappoint never-disappoints nice-spot order-from-here-again over-and-over-again perfectly-cooked
            perfectly-seasoned personable piping-hot savory savoury seasoned-perfectly so-fresh succulent tasted-great
            tastes-great tender-and-juicy time-and-again time-and-time-again we'll-be-back well-seasoned
            went-above-and-beyond went-out-of-their-way will-be-back will-come-back will-go-back will-return
            worth-a-visit worth-the-drive worth-the-trip worth-the-wait
            """),
        WeightedWords(
            1.5,
            """
            ambiance ambience buttery creamy flaky fluffy generous-portions hospitable hospitality inviting
            prompt-service seasoned smoky spicy sunny vegan-friendly veggie-friendly
            """),
        WeightedWords(
            -2.5,
            """
            a-hair-in barely-edible cockroach cockroaches felt-sick fly-in-my food-poisoning forgot-our-order
            found-a-hair got-sick hardly-edible health-inspector left-hungry left-without-eating lost-our-order
            made-me-sick made-us-sick messed-up-our moldy mouldy never-again never-be-back never-come-again
            never-come-back never-coming-back never-eat never-go never-go-back never-going-back never-return no-stars
            not-be-back not-be-going-back not-be-returning not-come-back not-coming-back not-eat-here not-edible
            not-go-back not-going-back not-return poisoned rancid run-away sick-after stay-away steer-clear still-hungry
            threw-up treated-like will-not-be-back will-not-return won't-be-back won't-be-going-back won't-be-returning
            won't-come-back won't-go-back won't-return would-not-return wouldn't-eat wouldn't-go-back wouldn't-return
            wrong-order
            """),
        WeightedWords(
            -2,
            """
            an-hour-late arrived-cold bad-service came-out-cold charred cold-by-the-time cold-food congealed else-where
            flavorless flavourless freezing-cold greasy-spoon grimy gristle gristly gritty hair-in hour-for hour-wait
            ignored-us lack-of-service lacked-flavor lacked-flavour lacks-flavor like-cardboard like-leather like-rubber
            mealy minutes-to-get needed-more-salt needed-salt no-one-came no-seasoning nobody-came not-fresh not-hot
            over-an-hour over-cooked over-salted over-salty overcharged overcook oversalted poor-service ran-out-of
            ripped-us-off rubbery rude-staff served-cold slow-service smelled-bad smells-bad so-slow stone-cold
            taste-bad tasted-bad tasted-like-cardboard tasted-off tastes-awful tastes-bad tastes-horrible
            terrible-service too-dry too-greasy too-oily too-salty too-spicy too-sweet took-ages took-forever
            took-over-an-hour unattended-to under-cooked under-seasoned underseasoned unhygienic unseasoned unwelcoming
            waited-an-hour waited-for-over waited-forever waited-over walked-out was-cold wasn't-fresh watery were-cold
            were-out-of weren't-hot
            """),
        WeightedWords(
            -1,
            """
            bug bugs chewy crumbs dried-out fatty flies gooey lump lumpy microwaved oily overpower overpowering pasty
            powdery sauceless seedy slimy smell smelled sticky stingy stomach-ache tepid wilted
            """),
    ]
}
