extension Lexicon {
    /// Runs of words that mean something else than their parts.
    static let phrases: [WeightedWords] = [
        WeightedWords(
            2.5,
            """
            best-ever better-than-expected better-than-i-expected beyond-my-expectations blew-me-away buy-it-again
            by-far-the-best can-not-say-enough can-recommend can't-be-beat can't-beat can't-find-better can't-go-wrong
            can't-praise can't-recommend-enough can't-recommend-it-enough can't-say-enough can't-say-enough-good
            cannot-beat cannot-go-wrong cannot-recommend-enough cant-say-enough could-not-ask-for could-not-be-better
            could-not-be-easier could-not-be-happier couldn't-ask-for couldn't-be-better couldn't-be-easier
            couldn't-be-happier couldn't-be-more-pleased couldn't-be-simpler couldn't-believe-how-good
            couldn't-have-asked couldn't-wish cream-of-the-crop definitely-recommend did-not-disappoint
            didn't-disappoint do-not-hesitate does-not-disappoint doesn't-disappoint don't-hesitate don't-miss
            don't-regret exceeded-expectations exceeded-my-expectations exceeds-expectations far-better go-to-place
            hands-down hard-to-beat hasn't-let-me-down highly-recommend highly-recommended i-love-it love-how love-it
            love-the love-these love-this loved-it much-better never-a-dull never-been-better never-been-happier
            never-disappointed never-let-me-down never-lets-me-down no-better no-buyer's-remorse no-buyers-remorse
            no-disappointments no-reason-not no-regrets no-remorse not-be-disappointed not-be-sorry not-disappointed
            not-let-me-down not-to-be-missed nothing-bad nothing-but-good nothing-but-good-things nothing-but-praise
            nothing-short-of on-point one-of-the-best second-to-none strongly-recommend the-best top-of-the-line
            wasn't-disappointed will-not-regret won't-be-disappointed won't-be-sorry won't-disappoint won't-find-better
            won't-regret would-recommend
            """),
        WeightedWords(
            2,
            """
            10-stars 4-5 4-out-of-5 8-10 8-out-of-10 9-out-of-10 a-10 all-i-needed beyond-doubt big-fan big-hit
            big-improvement bought-a-second bought-another buy-again buy-another buying-another can't-complain
            can't-fault can't-imagine-life can't-stop can't-think-of-a-better cannot-complain cannot-fault check-it-out
            couldn't-complain couldn't-fault couldn't-stop eight-out-of-ten enough-room everything-i-need exactly-what-i
            far-from-bad first-try give-it-a-10 give-it-a-chance give-it-a-try glad-i good-job good-size great-job
            happy-with how-did-i-live how-did-we-live huge-fan huge-improvement i-do-like i-like i-liked isn't-a-problem
            job-well-done just-right just-what-i leaps-and-bounds like-that-it liked-it liked-the live-up-to lived-up-to
            lives-up-to makes-life-easier makes-my-life more-than-enough never-a-problem never-failed never-fails
            never-had-a-problem never-had-an-issue never-had-any-problems nice-job nicely-surprised nine-out-of-ten
            no-complaint no-doubt no-doubt-about no-downside no-downsides no-drawbacks no-flaws no-fuss no-hassle
            no-issue no-issues no-problem no-problems no-regret no-trouble not-a-deal-breaker not-a-problem
            not-a-single-problem not-an-issue not-bad not-bad-at-all not-cheap-looking not-easily-forgotten not-half-bad
            not-too-bad nothing-sticks nothing-to-complain nothing-wrong-with on-the-money one-of-a-kind order-again
            ordered-another ordered-two-more pain-is-gone pleasantly-surprised ranks-up really-like right-size saved-me
            saved-my saves-me saves-time set-it-and-forget-it step-up ten-stars time-saver up-there-with up-to-par
            up-to-scratch vast-improvement was-a-hit wasn't-a-problem we-like what-more-could-you-ask will-buy-again
            will-order-again without-a-doubt without-a-hitch without-any-issues without-any-problems without-fail
            without-issue without-problems works-every-time worth-having worth-it-all worth-reading would-buy-again
            would-like-to-thank you-will-like you'll-like zero-complaints
            """),
        WeightedWords(
            1,
            """
            at-ease by-heart even-better in-no-time kept-its long-life long-time-favourite much-improved not-complicated
            not-difficult not-expensive not-hard not-too-expensive on-time right-away so-far-so-good still-loving
            top-marks would-be-back
            """),
        WeightedWords(
            -3,
            """
            avoid-at-all-costs avoid-like-the-plague can't-recommend cannot-recommend complete-waste do-not-be-fooled
            do-not-bother do-not-buy do-not-go do-not-recommend do-not-waste do-yourself-a-favor-and-skip
            do-yourself-a-favour-and-skip don't-be-fooled don't-bother don't-buy don't-do-it don't-go-here
            don't-recommend don't-waste dont-bother dont-buy dont-go-here dont-waste forget-about-it give-it-a-wide
            hardly-worth hours-of-my-life joke-of-a keep-away never-again-will never-buy never-buy-again never-recommend
            never-spend not-be-fooled not-buy not-even-worth not-pay not-recommend not-recommended not-spend
            not-worth-it not-worth-the save-your-money save-your-time sick-to-my-stomach stay-clear stay-far-away
            the-worst total-waste waste-my-time waste-of waste-of-money waste-of-space waste-your-money waste-your-time
            wasted-my-money wasted-my-time wasted-two-hours worst-ever would-not-recommend wouldn't-pay
            wouldn't-recommend wouldn't-wish
            """),
        WeightedWords(
            -2,
            """
            anything-but at-best be-careful be-very-careful below-expectations best-of-luck better-elsewhere
            better-ones-out better-than-these better-than-this beyond-me beyond-repair big-mistake buyer-beware
            can't-save can't-stand cannot-save cannot-stand costs-an-arm could-be-better could-have-been-better
            could-not-stand could've-been-better couldn't-save couldn't-stand cracked-up-to daylight-robbery
            deserve-better deserves-better did-not-like didn't-care didn't-like didnt-like do-not-like doesn't-like
            doesn't-make-sense don't-care don't-like dont-like down-hill down-the-drain down-the-toilet elsewhere
            ever-again expect-better expect-more expected-better expected-more expecting-better expecting-more
            failed-to-deliver fails-to-deliver fall-flat fall-short fall-well-below falls-flat falls-short far-from
            far-from-perfect fell-asleep fell-flat fell-short felt-asleep for-no-reason gave-me-a-headache get-my-money
            gets-old gives-me-a-headache glad-i-did-not glad-i-didn't go-elsewhere go-wrong goes-wrong going-downhill
            gone-downhill gone-wrong good-luck-getting good-luck-with had-better-from had-to-ask had-to-buy
            had-to-return had-to-wait have-had-better have-to-hold highway-robbery hit-and-miss hit-or-miss
            hoped-for-better hoped-for-more hoping-for-better hoping-for-more huge-mistake i-have-had-better i-wish
            i've-had-better i've-seen-better in-his-right-mind in-their-right-mind in-vain last-time leave-without
            leaves-a-lot leaves-much let-me-down let-us-down lets-me-down look-elsewhere made-no-sense makes-no-sense
            more-trouble-than much-better-elsewhere much-to-be-desired need-improvement needs-improvement never-ever
            no-apology no-chemistry no-excuse no-fan no-flavor no-flavour no-good no-help no-longer-work no-longer-works
            no-one-cares no-plot no-point no-reason no-sense no-sound no-substance no-taste no-thank-you no-thanks
            no-use not-a-fan not-a-good not-a-great not-all-it's not-as-good not-as-great not-as-nice not-at-all-what
            not-enough not-even not-funny not-good not-great not-happy not-impressed not-in-a-good-way not-interested
            not-like not-my-idea not-pleased not-right not-satisfied not-so-good not-so-great not-that-good not-the-best
            not-very-good not-worth-your nothing-but-headaches nothing-but-problems nothing-but-trouble nothing-good
            nothing-great nothing-new nothing-special nothing-to-write-home nothing-works on-my-nerves out-of-date
            out-of-luck out-the-window over-it over-promised p*ssed pain-in-the patience-gone pissed-off promises-more
            rubs-me run-of-the-mill should-be-better should-have-been-better should-have-known something-to-be-desired
            thanks-but-no-thanks think-again think-twice to-be-desired too-bad want-my-money want-my-money-back
            wanted-my-money wears-thin went-downhill went-wrong what-a-joke what-a-shame wish-i-could wish-i-had
            wish-i-hadn't would-not-buy wouldn't-bother wouldn't-buy wrong-with
            """),
        WeightedWords(
            -1,
            """
            as-if at-all barely-audible fail-to failed-to fails-to gave-up give-it-a-miss give-up given-up less-than
            next-to-nothing not-exactly not-much not-really not-so not-sure not-very not-what only-if supposed-to
            supposedly up-and-down who-cares worse-for-wear
            """),
        WeightedWords(
            0,
            """
            1-10-scale acts-like alarm-clock as-long-as as-well at-first at-least at-the-end be-honest best-before
            best-friend best-friends best-guess best-man best-western better-half better-not better-off bitter-sweet
            black-comedy bought-to-replace break-in break-room bug-spray careful clear-coat coffee-break cold-beer
            cold-brew cold-drinks cold-water cool-climax cool-down crazy-good dark-chocolate dark-meat dark-roast
            dead-bolt dead-simple dishwasher-safe drama-queen drop-off drop-proof fast-food feel-like feels-like
            felt-like fine-print first-of-all fold-flat folds-flat free-gift free-of-charge fresh-out garbage-disposal
            good-chance good-money good-morning grand-total great-britain had-better hard-boiled hard-copy hard-cover
            hard-disk hard-drive horror-fan horror-film horror-films horror-movie horror-movies hot-tub hot-water
            i'd-like in-case in-general in-the-end just-in-case just-like kill-switch kind-of-like last-but-not-least
            let's-be-honest lie-flat lies-flat light-bulb light-bulbs light-switch like-a like-an like-that look-like
            looked-like looks-like lunch-break might-as-well miss-it miss-out more-expensive my-best new-year no-idea
            noise-canceling noise-cancellation noise-cancelling noise-reduction not-included not-short not-to-mention
            not-yet of-course oh-well on-the-other-hand pain-relief pain-reliever power-cut pretty-much problem-solver
            real-estate real-life return-home return-policy return-trip right-now scary-movie scary-movies seems-like
            shock-absorber shock-proof short-of slip-on smart-phone smart-phones smart-tv smells-like something-like
            sounds-like sour-cream stop-at-nothing stop-by stress-ball super-bowl superman sweet-potato sweet-potatoes
            tasted-like tastes-like tear-drop thank-you-note the-light to-be-fair to-be-honest trash-bag trash-bags
            trash-can war-movie waste-basket waste-bin waste-water well-below well-over well-past well-then well-under
            world-war would-like
            """),
    ]
}
