extension Lexicon {
    /// What people say of things they bought: build, use, sound, price, delivery.
    static let products: [WeightedWords] = [
        WeightedWords(
            2.5,
            """
            10-10 10-out-of-10 4-stars 5-5 5-out-of-5 5-star 5-stars 9-10 a-plus all-i-wanted bang-for-the-buck
            bang-for-your-buck best-buy built-like-a-tank built-to-last crystal-clear does-everything everything-i-hoped
            everything-i-wanted everything-it-should exactly-as-advertised exactly-as-described exactly-as-pictured
            exactly-what-i-needed exactly-what-i-wanted excellent-value five-stars four-stars get-the-job-done
            gets-the-job-done good-buy good-deal good-price good-value got-the-job-done great-buy great-deal great-price
            great-value holding-up holds-up-well job-done just-what-i-needed just-what-i-wanted money-well-spent
            rock-solid should-have-bought-it-sooner stood-the-test ten-out-of-ten unbeatable-price value-for-money
            value-for-the-money well-worth-it wish-i-bought wish-i-found wish-i-had-bought wish-i-had-found worked-great
            worked-perfectly works-awesome works-beautifully works-excellent works-fantastic works-flawlessly
            works-great works-like-a-charm works-perfectly works-wonderfully works-wonders worth-every-cent
            worth-every-penny worth-it worth-the-money worth-the-price
            """),
        WeightedWords(
            2,
            """
            another-one anti-slip arrived-early arrived-on-time arrived-quickly as-advertised as-described
            bought-several bought-three bought-two came-quickly charges-fast charges-quickly clear-sound did-the-job
            did-the-trick does-exactly-what does-its-job does-the-job does-the-trick does-what-it-says drip-free easy-to
            easy-to-clean easy-to-follow easy-to-install easy-to-read easy-to-set-up easy-to-use energy-efficient
            error-free excellent-sound fairly-priced fast-delivery fast-shipping fault-free feels-good feels-great
            fit-perfectly fits-great fits-like-a-glove fits-nicely fits-perfectly fits-snugly fits-well
            functions-perfectly functions-well fuss-free going-strong good-battery good-fit good-quality good-reception
            good-sound great-battery great-fit great-quality great-reception great-sound guilt-free hassle-free
            heavy-duty held-up holds-a-charge holds-its-charge holds-up keeps-its lag-free lasts-all lasts-for
            lasts-forever lasts-long leak-proof light-weight like-new long-battery-life long-haul look-good look-great
            looks-good looks-great my-third never-looked-back nice-sound no-complaints no-drips no-leaks no-mess
            no-noise no-slip no-smell noise-free non-slip odor-free odour-free ordering-more pain-free perfect-fit
            plug-and-play priced-right problem-free quick-delivery quick-shipping quick-to reasonably-priced rust-proof
            scratch-proof scratch-resistant simple-to-use slip-resistant sound-quality-is-great sounds-good sounds-great
            spill-proof stain-free stays-cold stays-hot stays-in-place stays-on stays-put still-going-strong
            stopped-worrying stress-free top-quality trouble-free well-packaged well-packed well-priced work-fine
            work-great work-perfectly work-well worked-very worked-well working-fine working-great working-perfectly
            working-well works-as-advertised works-as-described works-as-expected works-fine works-just-fine
            works-like-new works-ok works-really works-very works-well worry-free wrinkle-free
            """),
        WeightedWords(1, "hands-free latest loud-and-clear still-working still-works waterproof"),
        WeightedWords(
            -3,
            """
            0-10 0-out-of-10 0-stars 1-10 1-out-of-10 1-star 2-10 2-stars blew-up blows-up caught-fire dead-on-arrival
            minus-stars one-star piece-of-crap piece-of-garbage piece-of-junk piece-of-rubbish piece-of-trash two-stars
            zero-stars
            """),
        WeightedWords(
            -2.5,
            """
            bad-batch barely-works bit-the-dust break-easily breaks-easily broke-after broke-easily broke-off
            broke-within broken-easily burned-out burns-out burnt-out came-apart came-off can-not-hear can't-charge
            can't-get-it-to can't-hear can't-understand cannot-hear cant-hear comes-apart comes-off coming-apart
            conked-out could-not-get-it-to could-not-hear couldn't-get-it-to couldn't-hear couldn't-understand
            couldnt-hear defeats-the-purpose did-not-fit did-not-last did-not-work didn't-fit didn't-last didn't-work
            didnt-work died-after died-on-me dies-after do-not-stay do-not-work does-not-fit does-not-last does-not-stay
            does-not-work doesn't-charge doesn't-close doesn't-connect doesn't-fit doesn't-hold doesn't-last
            doesn't-open doesn't-seal doesn't-stay doesn't-turn doesn't-turn-off doesn't-turn-on doesn't-work
            doesnt-work don't-fit don't-work dont-work dropped-dead fall-apart falling-apart falls-apart falls-off
            falls-off-easily falls-over fell-apart fell-off fire-hazard gave-out gave-up-the-ghost hardly-works
            isn't-working isn't-worth just-stopped kicked-the-bucket looses-connection loses-charge loses-connection
            loses-signal lost-connection missing-parts missing-pieces missing-screws never-got never-worked never-works
            no-signal not-as-advertised not-as-described not-as-pictured not-stay not-what-i-expected not-what-i-ordered
            not-work not-working not-worth packed-it-in packed-up parts-missing quit-on-me quit-working quits-working
            safety-hazard scratches-easily snapped-off stopped-after stopped-charging stopped-holding stopped-responding
            stopped-working stops-working tears-easily wasn't-working wasn't-worth went-dead went-up-in-smoke
            will-not-charge will-not-stay will-not-work won't-charge won't-connect won't-hold won't-stay won't-stay-on
            won't-turn-on won't-work wont-work would-not-charge would-not-stay would-not-turn-on would-not-work
            """),
        WeightedWords(
            -2,
            """
            already-broke already-broken already-dead already-falling already-opened arrived-broken arrived-damaged
            arrived-dented arrived-dirty arrived-late arrived-scratched bad-quality bad-reception bad-support
            badly-designed badly-made battery-died burning-smell came-broken came-damaged came-late cardboard-characters
            cheap-feeling cheap-looking cheap-plastic cheap-quality chemical-smell clearly-used customer-support-was
            cut-out cuts-off cuts-out cutting-out did-not-arrive did-nothing didn't-arrive difficult-to-use does-nothing
            drop-calls dropped-calls dropping-out drops-calls drops-out extra-charge fall-out falls-out feels-cheap
            fell-over flops-around gets-extremely-hot gets-hot gets-too-hot gets-very-hot gone-flat had-to-replace
            had-to-send had-to-throw hard-to-clean hard-to-hear hard-to-open hard-to-read hard-to-use hidden-fees
            in-a-drawer in-the-bin in-the-trash keeps-beeping keeps-breaking keeps-crashing keeps-disconnecting
            keeps-dropping keeps-falling keeps-freezing keeps-turning-off kept-beeping kept-disconnecting kept-dropping
            kept-falling knock-off looking-for-a-new looking-for-a-replacement looks-cheap looks-nothing-like
            low-quality made-of-cardboard misses-the-mark money-back my-money-back need-to-replace needed-to-replace
            needs-replacing never-arrived no-answer no-customer no-instructions no-manual no-reception no-refund
            no-reply no-response no-support not-accurate not-charge not-clear not-comfortable not-compatible not-durable
            not-fit not-loud not-reliable not-stable not-sturdy not-user-friendly nothing-like-the off-center
            poor-quality poor-reception poor-sound poorly-designed poorly-made restocking-fee returned-it returning-it
            runs-hot second-hand send-back send-it-back sending-back sending-it-back sent-back sent-it-back slid-off
            slips-off smells-like-burning smells-like-plastic smells-of smelt-of start-looking tastes-like-plastic
            tech-support threw-away threw-it-away threw-it-out throw-away throw-it-away throwing-away too-big
            too-expensive too-heavy too-loose too-loud too-much-money too-quiet too-short too-slow too-small too-tight
            took-it-back turns-itself-off turns-off-by used-item wear-out wears-out went-flat won't-buy-again wore-out
            worn-out wrong-color wrong-colour wrong-item wrong-model wrong-one wrong-part wrong-product wrong-size
            """),
        WeightedWords(
            -1,
            """
            beep beeps bends bent buzz buzzing crackle crackling dent dented disconnect disconnected disconnects
            dripping drips echo fiddly freeze freezes froze frozen glitch glitches glitchy hiss hissing hum jumpy
            misaligned muffled non-existent rebooted reboots reset resets restarts stained stains unbranded unplug
            unplugged wrinkled
            """),
        WeightedWords(-0.6, "drop dropped plastic repair repaired repairs warranty"),
    ]
}
