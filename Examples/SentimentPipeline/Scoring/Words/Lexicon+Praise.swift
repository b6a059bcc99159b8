extension Lexicon {
    /// Praise that fits anything, from the strongest down.
    static let praise: [WeightedWords] = [
        WeightedWords(
            3,
            """
            amazing astonishing astounding awesome awesomeness awsome breathtaking brilliant excelent exceptional
            exquisite extraordinary fabulous fantastic flawless flawlessly genius glorious heavenly immaculate
            impeccable impeccably incomparable incredible jaw-dropping magical magnificence magnificent marvellous
            marvelous masterful masterfully masterpiece mind-blowing miraculous out-of-this-world outstanding perfect
            perfected perfection perfectly phenomenal phenomenally remarkable sensational spectacular splendid stellar
            stunning stunningly sublime superb superbly superlative terrific tremendous unbeatable unforgettable
            unmatched unparalleled unrivalled wonderful wonderfully wonderous wondrous world-class
            """),
        WeightedWords(
            2.5,
            """
            adorable adore adored adores best bravo brilliance brilliantly coolest delight delighted delightful
            delightfully excellence excellent excellently excels fantastically finest first-class first-rate freshest
            friendliest funniest gem godsend gold-standard gorgeous great greatest greatly greatness heaven hooray
            impressed invaluable joy joyful joyous kudos lifesaver love loved loveliest lovely loves loves-it loving
            lovingly mesmerising mesmerizing must-have must-see pure-joy splendidly stand-out standout state-of-the-art
            super superior sweetest tastiest terrifically thrill top-notch treasure triumph unmissable winner wow yay
            """),
        WeightedWords(
            2,
            """
            ace aced admirable admirably admire admired appealing applaud applauded applause attractive awed beautiful
            beautifull beautifully beautify beauty bliss blissful brilliancy captivate captivated captivates captivating
            celebrate celebrated champ champion charm charming charmingly classy cleverness commendable commendably
            compliment compliments confortable congrats congratulations cool cracking credible dazzled delicioso
            delights deluxe devine elegance elegant elegantly elevated elevates enchanting engaging enhance enhanced
            enhances enjoy enjoyable enjoyed enjoying enjoyment enjoys enriched enriches exciting exemplary favored
            favorite favorites favourite favourites flattering fun funny genial glad gleaming good goodness graceful
            gracefully gracious gratitude grin happier happiest happily happy ideal ideally impress impresses impressive
            impressively inspired inspiring irresistible jewel likable likeability likeable liked lovelier luscious
            marvel marvels nice nicely nicer nicer-than nicest pleasant pleasantly pleasantness pleased pleases pleasing
            pleasurable pleasure polished praise praised praises priceless prize prized prizes reccomend reccommend
            recomend recomended recommend recommendable recommended recommending recommends rejoice rewarding riveted
            satisfaction satisfied satisfies satisfing satisfying satisfyingly satisifed scrummy solid soundly sparkling
            splendour stylish stylishly success successful successfully sumptuous sumptuously superior-to sweet thrilled
            thrilling thrills thumbs-up thumbs-way-up tidy tip-top treat trustworthiness uplifting vibrant victory
            well-acted well-built well-crafted well-designed well-done well-made well-thought-out well-worth
            well-written winning wins-you-over wise worthwhile worthy yum yummy
            """),
        WeightedWords(
            1.5,
            """
            agreeable bargain better blessed blessing bonus bright brighter captures carefully-made charms cheerful
            clarity clever cleverly comfiest comfort comfortable comfortably comfy complements consistent
            consistently-good convenience convenient conveniently convincing convincingly crisp crowd-pleaser
            crowd-pleasing cute cutest dazzling dependable desirable eager easier easiest easily easy economical
            educational effective effectively efficient efficiently effortless effortlessly enlightening enriching
            enthusiasm enthusiastic ergonomic excel exhilarating fancy fantastical faultless faultlessly fortunate
            fortunately fresh friendlier friendly gained generous generously genuinely gladly handcrafted handsome handy
            healthy helped helpful helpfully helps high-quality hilarious humane idyllic improved improvement
            improvements improves informative innovative interesting intuitive inventive invigorating invincible
            legendary lighthearted lively loving-care lush masterly memorable merit mint neat neatly neatness nifty
            nutritious outdone outperforms painless painlessly passionate peaceful perk perks pioneering plus plush
            popularity positive positively positives powerhouse prefer preferred prestigious professional professionally
            profound promising prompt promptly proud proudly quality quality-made radiant reassurance refined refreshing
            refreshingly reliability reliable reliably relief relieved remedy resilient resourceful responsive
            revolutionary rich right-on robust sassy savvy scenic seamless seamlessly sharp skilful skillfully sleek
            slick smart smooth smoother smoothly snazzy snug soothing sophisticated speedily spiffy spirited
            stand-the-test steal strong stronger strongest sturdier sturdy stylised sufficed sunshine sweetly swift
            swiftly talented tasteful thank thankful thankfully thanks thorough thoughtful thoughtfully time-saving
            timeless toasty tranquility triumphs trustworthy trusty truthful unbreakable unique unobtrusive upbeat
            upscale useful user-friendly valuable valued versatile vibrantly victorious virtuous vivid warm warmly
            warmth welcome welcoming wholesome wonder wonderment wonders works worth yes
            """),
        WeightedWords(
            1,
            """
            able accurate accurately active adjustable advantage advantages affordable agile airy alive ample appreciate
            appreciated appreciates appreciative approval approve approved apt aromatic assured attract authentic
            balanced beauties beneficial benefit benefits breathable calm capable carefully classics classy-looking
            clean cleaner cleanly clear clearer compact competent competitive complementing complimentary confident
            correct correctly courteous creative cushioned decent decently dedicated definite diligent distinctive
            dreamy durability durable dynamic eagerly earnest eco-friendly elaborate energetic entertained exact
            extensive fair faithful fast faster fastest favorable favourable feature-rich festive fit fits fitted
            fitting flexible fluent focused foolproof frugal full-bodied generosity gentle gently genuine gift giggle
            glow glowing grand grateful handiest handily hardworking harmless harmonious harmony hearty honest honesty
            honor honored honour hopeful human humorous imagination immediate improve inexpensive instant intact invest
            kind kindly kindness lasted lasting lasts laugh laughed laughing laughs laughter lavish leisure level-headed
            liberating lightweight long-lasting loyal luck luckily lucky lucrative luxurious luxury magic matched mature
            meaningful mild modern moisturizing obliging open-minded optimistic organised organized original originals
            patient perceptive playable pleasurably plentiful plump polite politely popular portable powerful practical
            precise precisely premium prepared preserves prettier pretty proficient proper properly protected protective
            protects purposeful quaint quick quicker quickest quickly quiet quieter quietly rapid rational reasonable
            reasonably recovered relax relaxed relaxing resolved restored rocked rocks romance rugged safe safely
            satisfy secure securely sensible sensuous sharper sharply shiny significant silky simple simplicity
            simplified sincere skilled skillful sleekly smartly snugly sociable soft softer soothe soothes spacious
            speedy spice spotless stable stain-resistant steadily steady stout straightforward sufficient suitable
            suited supple supportive supports survive survived sustainable tactful tailored tangy tasty tender thicker
            thoughtfulness thrifty thriving toned tough trendy trust trusted ultra-quiet undamaged understanding
            unharmed unlimited unscathed upgrade upgraded visually-appealing well well-balanced well-behaved well-kept
            well-lit well-run well-stocked well-trained wholeheartedly willing willingly wisely youthful zesty zippy
            """),
        WeightedWords(
            0.6,
            """
            acceptable adequate adequately advanced alright brand-new cheap-and-cheerful common-sense cosy cozy enough
            fine functional functions handle handles interested keeper light likes loads-of options passable plenty
            ready respectable satisfactory selection serviceable snappy special tolerable tons-of updated variety work
            workable worked
            """),
        WeightedWords(0.3, "k ok okay okey"),
    ]
}
