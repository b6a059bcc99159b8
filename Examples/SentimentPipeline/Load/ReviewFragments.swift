/// The pieces that made-up reviews are composed of; `%` stands for the product.
enum ReviewFragments {
    /// What is reviewed.
    static let nouns = [
        "kettle", "headphones", "lamp", "backpack", "grinder", "chair", "speaker", "toothbrush", "jacket", "pan",
        "vacuum",
        "e-reader", "toaster", "tent", "keyboard", "fan", "scale", "bottle", "camera", "drill",
    ]

    /// Openings without an opinion.
    static let facts = [
        "Bought this % in spring.", "I use the % every day.", "The % came in a plain box.", "This is my second %.",
        "It is the grey version of the %.", "Ordered on Monday, delivered on Thursday.",
        "We have one % at home and one at work.",
        "The % weighs about as much as the old one.", "It was a present from my sister.", "I had it for six weeks now.",
    ]

    /// Praise.
    static let praise = [
        "It works great and I love it.", "Excellent quality for the price.", "The % is easy to use and easy to clean.",
        "I would highly recommend this % to anyone.", "Comfortable, sturdy, beautiful.", "Best % I have ever owned!",
        "It has never let me down.", "Not a single problem so far.", "Very happy with it 😊",
        "The design is clever and the finish superb.",
        "It's quiet, quick and reliable.", "Great value, fast delivery.", "I'm impressed, and I am hard to impress.",
        "Even my father likes it.", "A joy every morning.", "It exceeded my expectations.",
    ]

    /// Complaints.
    static let complaints = [
        "It stopped working after two weeks.", "Poor quality, I want my money back.", "The % fell apart in my hands.",
        "Don't waste your money on this %.", "Far too loud and really uncomfortable.", "Worst % I have ever owned!",
        "The battery died and support was rude.", "It isn't worth half the price.", "Very disappointed 😡",
        "The switch is flimsy and the manual is useless.", "It leaks, it rattles, it smells.",
        "Arrived broken, returned it at once.",
        "I regret buying it.", "Nothing but trouble.", "It doesn't do what the box promises.",
        "An awful, overpriced piece of junk.",
    ]

    /// What joins praise and complaint.
    static let turns = ["But then:", "On the other hand:", "However,", "That said,"]
}
