/// Guesses what was meant by a word that nobody knows.
public enum Suggestions {
    /// `did you mean 'topics'?`, or nil when nothing comes near.
    public static func hint(for word: String, among known: [String]) -> String? {
        nearest(to: word, among: known).map { "did you mean '\($0)'?" }
    }

    /// The known word nearest to `word`: a third of its letters may differ, or it may be cut short.
    static func nearest(to word: String, among known: [String]) -> String? {
        guard word.count(where: { $0 != "-" }) >= 2 else { return nil }
        let limit = max(1, word.count / 3)
        let near = known.map { (word: $0, distance: distance(word.lowercased(), $0.lowercased())) }
            .filter { $0.distance <= limit }
            .min { $0.distance < $1.distance }
        if let near { return near.word }
        let stem = word.drop { $0 == "-" }
        return known.first { $0.drop { $0 == "-" }.hasPrefix(stem) }
    }

    /// How many letters must be put in, taken out, changed or swapped with a neighbour (optimal string alignment).
    static func distance(_ left: String, _ right: String) -> Int {
        let a = Array(left)
        let b = Array(right)
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, before[j - 1] + 1) }
                row.append(best)
            }
            before = previous
            previous = row
        }
        return previous[b.count]
    }
}
