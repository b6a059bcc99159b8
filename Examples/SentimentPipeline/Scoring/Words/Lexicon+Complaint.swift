extension Lexicon {
    /// Complaint that fits anything, from the strongest down.
    static let complaint: [WeightedWords] = [
        WeightedWords(
            -3,
            """
            abhor abhorrent abominable abomination abysmal abysmally appalled appalling appallingly atrocious
            atrociously atrocity awful catastrophe catastrophic crap crappiest crappy despicable despise despised
            detestable disaster disastrous disgrace disgraceful disgust disgusted disgusting disgustingly dreadful
            dreadfully excruciating execrable ghastly god-awful hate hated hateful hates hating heinous hideous
            horrendous horrendously horrible horribly horrid horrific horrifying horror-story loathe loathed loathing
            loathsome monstrosity nauseating nightmare nightmarish obnoxious pathetic pathetically pitiful puke puked
            repulsive revolting shambles shit shitty sickening suck sucked sucks sucky terrible torture travesty
            unbearable unbearably unforgivably unspeakable vile vomit vomit-inducing vomited vomiting worst worst-of
            worthless wretched
            """),
        WeightedWords(
            -2.5,
            """
            appalingly avoid avoided awfulness bait-and-switch beware blandest blew blows bullcrap bullshit cheated
            cheating conned counterfeit counterfeits debacle deceitful deceived deceptive defective dire dirtiest
            disapointed disapointing disapointment disappoint disappointed disappointing disappointingly disappointment
            disappointments disappoints dishonest dismal dismally displeased displeasure dissapointed dissapointing
            dissapointment dreadfulness driest dud duds dullest dumbest duped eyesore fail failed failing fails failure
            failures farce faulty fiasco flop flopped forgeries forgery fraud fraudulent garbage gross grossed grossest
            hoax incompetence inedible inexcusable infuriated infuriating insult insulted insulting insultingly jerk
            jerks junk lamest laziest lousy madhouse miserable miserably misery outrage outraged outrageous outrageously
            pitfall poor poorest poorly regret regrets regretted rip-off rip-offs ripoff ripped-off rubbish rudest ruin
            ruined ruining ruinous ruins sabotage sabotages saddest scam scammed scammer scammers shameful shoddy
            silliest sloppy stupid stupidest stupidly swindle swindled swindlers tragic train-wreck trainwreck trash
            trashed trashy unacceptable unacceptible uncalled-for unforgivable unhappy unprofessionalism unusable
            unwatchable unwatchably useless vulgar waste wasted wasteful wastes wasting worse worsened yuck yucky
            """),
        WeightedWords(
            -2,
            """
            aggravated aggravating amateurish anger angered angry annoy annoyance annoyances annoyed annoying annoyingly
            annoys argh arrogant ashamed asleep awkward awkwardly bad badly baffling bitter bland bogus bore bored
            boredom bores boring botched breakage broke broken bs bummed bummer cheaply-made cheat clunky complain
            complained complaining complaint complaints confused confusing crude cruel cumbersome damaged dead defect
            defects deficiency deficient deplorable deteriorated deteriorates deteriorating dirty disagreeable
            disapprove disgruntled dislike disliked dislikes disrespect disrespected disrespectful dissatisfied
            dissatisfying distasteful disturbing downfall downside downsides drawback drawbacks dull dumb dysfunctional
            eew egregious embarrassed embarrassing embarrassingly embarrassment erratic error-prone ew eww fake fallacy
            feeble filthy flawed flaws flustered fool fooled foolish foolishly foul freak freaked frustrated frustrating
            frustration furious fuss glaring grates grating greed greedy grim gripe gripes grumpy hazard hazardous
            hinder hinders hopeless horrify hostile idiot idiotic idiots ignorant ill ill-fitting illogically imbecile
            imperfect impolite impossible imposter inaccurate inadequate incoherently incompetent inconsiderate
            incorrect ineffective inferior inhospitable insane insufferable insufficient intolerable invalid
            irresponsible irritable irritated irritates irritating irritation jarring lackadaisical lackluster
            lacklustre lame laughable lethargy liar lied lies lifeless lifelessly maddening malfunctioning mediocre
            mediocrity menace mess messed messy mis-sold misfortune mishandled misleading misled misrepresented missold
            mistake mistakes nasty nauseous neglectful nonsense nope nuisance objectionable obsolete offended offense
            offensive overbearing overcharge overpaid overpay overpriced overrated overwrought pain painful painfully
            pandering perplexing plague plagued pointless poorer pricey problematic ragged rants refused regretful
            reject rejected repugnant resented ripped rude rudely rudeness ruiner sad sadder sadly sadness scorched
            senseless shame shortcoming shortcomings shortfall sick sickly sinister sketchy slapdash sluggish smelly
            snobby snooty soiled sour spite spoiled squandered stink stinks stinky struggle struggled struggles
            struggling sub-par subpar substandard tacky tainted tarnished tasteless tedious threadbare threatened
            thumbs-down tiresome toxic tragically trashing traumatic troublemaker ugh unacceptably unappealing
            unappetizing unattainable unattractive uncomfortable uncomfortably unconvinced underdeveloped underdone
            underperforms underwhelmed underwhelming undesirable unethical uneven unfair unfit unfriendly unfulfilling
            unfunny unhappily unhelpful unimpressed unimpressive uninspired uninspiring uninteresting unintuitive
            unkempt unkind unorganised unorganized unpalatable unpleasant unpolished unprepared unprofessional
            unreliable unremarkable unresponsive unsafe unsanitary unsatisfactorily unsatisfactory unsatisfied
            unsatisfying unsavory unsightly unsound unstable unstylish unsuitable unsupported untidy untrustworthy
            unusably unwelcome unworthy upset upsetting vengeful violated wack weak weakest whine whined whining whiny
            wimpy wobbly woeful woefully wreckage wretchedly wrong wrongly yikes
            """),
        WeightedWords(
            -1.5,
            """
            abandon abandoned abnormal abrasive absurd abuse abused accident accused ache aches aggressive agony
            alarming alas allergic ambiguous animosity anxious apathetic apathy apologies apologize arrogance attack
            awkwardness backfired balky bias biased bizarre bleak bother bothered bothers bothersome bruised bumpy
            burden burdensome burning careless carelessly chaos chaotic cheap cheaply cheesy clog clogged clogs cloudy
            clumsily clumsy coarse collapse collapsed collapses concern concerned concerns condescending conflict
            contaminated contradictory contrived corny counterproductive cracked-screen cramped crash crashed crashes
            creepy crisis critical criticism crooked crumble crumbled crumbles damage damaging danger dangerous darn
            dated deadly debris deceive decline declined defeat defeated defeats deform deformed dejected deprived
            detract detracts devoid difficult difficulties difficulty dilapidated diminished disable disadvantage
            disagree disappeared disappears discolored discoloured discomfort discontinued discourage discouraged
            discouraging disgusts disinterested dismiss dismissive disorganised disorganized displaced disregard
            disruptive dissolve distort distorts distract distracted distracting distraction distracts distrust dodgy
            downer drab drain drained drains dreary drowned drunk dubious dump dumped dumps dying egotistical eroded
            erratically error errors exaggerated excessive excuse excuses exhausting expensive expire explode exploded
            explodes exploit fallen faltered farcical fatal fatigue fear feared fearful fell fights flake flaked flakes
            flaw flicker flickering flickers flimsy forgettable forgot forgotten frail frayed fraying frays frown
            fruitless garbled garish gimmick gimmicky gloomy glum gouge grudge grueling guilty handicap haphazard harm
            harmed harmful harmfully harsh harshly hazy headache headaches heartless hesitation hiccup hoarse horror
            hurdle hurt hurting hurts hypocritical ignored ignores illogical imitation impair impatient impersonal
            impractical imprecise inability inaccessible inaction inappropriate inaudible incompatible inconsistent
            inconvenience inconvenient indifference indifferent inefficiency inefficient infected infested inflated
            inflexible insecure insensitive insincere insipid insufficiently interruptions intrusive irked irks
            irregular irrelevant issue issues jerky jittery laborious lack lacked lacking lacks lag lagging laggy lags
            lament late lawsuit lazy leak leaked leaking leaks leaky letdowns lie lonely lose loser losers loses losing
            lost lukewarm lull mischief misfit misguided misplaced misses mistaken mistook misunderstood mocking mold
            monotone murky nag nagging nausea needy negative negatively negatives neglect neglected noisy nonfunctional
            objection obscene obstacle odd off-putting offend ominous onerous oppressive over-priced overcooked overdone
            overheat overheated overheating overheats overhyped overload oversized overstated overwork paltry panic
            paranoid peculiar peels-off peeved perish pesky pester petty phony pile-of pitch-black pointlessly poison
            poke pollute powerless predictable prejudice pretentious problem problems propaganda punish punishing pushy
            quarrel queasy rash rattly recall recalled reek reeked reeks refund refunds refusal refuse refuses
            regrettable regrettably reluctant reluctantly remorse repel resentful restless restrictive ridiculous
            ridiculously risk risky rot rotten rotting rust rusted rusting rusty ruthless sabotaged sadden sag sagged
            sags scarce scold scrap scrape scraped scratched scratches screwed shabby shady shaky shallow shambolic
            shock shocked shocking shoddily short-circuit shorted shrank shrink shrunk shrunken silly skimp skimpy slam
            slap slow slower slowest slowly sluggishly smear smudge smudges smug snag snags snapped snarky sneaky snob
            somber sore spoil spotty-signal squashed stagnant stain stale stalled stalls stench stereotypical stiff
            sting stings stolen strange strangely stray strict stubborn stuck stumble suffer suffered suffering suffers
            suspect suspicious sweaty tantrum tarnish tatty tease terror theft thief thieves threat tired tiring tragedy
            trample trapped tricked trite trouble troubled troubles troublesome troubling turmoil ugliest ugly unable
            unaware unbalanced uncaring uncertainty uncivil unclear uncooperative undercooked underestimated undermine
            undermines underwhelm undesired undignified unease unequal unethically unexplained unfaithful unfinished
            unfortunate unfortunately unhealthy unimaginative uninformed uninviting unjust unlawful unnatural
            unnecessary unneeded unpaid unpleasantly unpredictable unproductive unprotected unravel unraveling unravels
            unrealistic unrefined unrest unruly unscrew unseated unsettled unsettling unsteady unsuccessful
            unsuccessfully untested untrue unwieldy unwilling unwise upsets vague vandal violent volatile wail warp
            warped warping warps wary watered-down weaken weakens weakly weakness weaknesses weird weirdly whimper woe
            woes wonky worn worn-down worried worry worrying worsen worsens wound yuk
            """),
        WeightedWords(
            -1,
            """
            absent against argue argued average blah blame blamed blocked blurred blurry broken-english bulky burn
            burned burns burnt chipped clash clicks clunk clunking clunks cold complicated costs-too crack cracked
            cracks crammed crazy creak creaks creaky cried cringe crowded cry curse cutoff delay delayed delays denied
            deny desperate die died dieing dies dim dirt distorted distortion doubt doubtful drag dragged drags drop-out
            dropping drops dry expired faded fades fault faults finicky fragile fuzzy grease greasy hassle heavy-handed
            hollow humming hype hyped incomplete interference interrupted interruption jam jammed jams joke kill killed
            lasted-only lasts-about lasts-only limited limp loose loud malfunction malfunctioned malfunctions miss
            missed missing mistreated mundane mush mushy needless needlessly noise noises old-fashioned only-lasted
            outdated overlong panned peeled peeling peels pressure quit quits rattle rattles rattling repetitive return
            returned returning returns rough runny salty scratch scratchy sham shatter shattered short-lived skip
            skipped skips slack slipped slippery smudgy soggy sorry sparse spill spills spotty squeak squeaks squeaky
            static stop stopped stops strain strained stress stressful subdued tangled tear tearing tears tinny too-few
            too-many too-much tore torn trap tripped twisted unattended uncertain uncooked under-powered underpowered
            undone unknown unlucky unresolved unsure unwanted void wait waited waiting warn warned warning weary wobble
            wobbles wreck wrecked
            """),
        WeightedWords(
            -0.6,
            """
            basic compromise costly hesitant hesitate lesser lower meh mixed mixed-bag mixed-feelings ordinary plain
            pricier questionable replace replaced replacement so-so stagey tedium tiny tricky typical
            """),
    ]
}
