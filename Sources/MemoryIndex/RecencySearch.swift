/// Finds what was added last.
public final class RecencySearch: MemorySearch {
    /// Ascending; mostly appended to, and removed from the front.
    private var numbers: [Int64] = []
    /// How many numbers at the front are gone.
    private var gone = 0

    /// An empty index.
    public init() {}

    /// How many entries there are.
    public var count: Int { numbers.count - gone }

    /// About how many bytes it takes.
    public var estimatedBytes: Int { numbers.count * 8 + 64 }

    /// Takes an entry in.
    public func add(_ entry: IndexedEntry) {
        guard let last = numbers.last, gone < numbers.count, last >= entry.number else {
            numbers.append(entry.number)
            return
        }
        let place = position(of: entry.number)
        if numbers[place] != entry.number { numbers.insert(entry.number, at: place) }
    }

    /// Forgets an entry.
    public func remove(_ number: Int64) {
        let place = position(of: number)
        guard place < numbers.count, numbers[place] == number else { return }
        guard place == gone else {
            numbers.remove(at: place)
            return
        }
        gone += 1
        guard gone > 64, gone * 2 > numbers.count else { return }
        numbers.removeFirst(gone)
        gone = 0
    }

    /// Forgets every entry.
    public func removeAll() {
        numbers.removeAll()
        gone = 0
    }

    /// The last entries, the latest first; the latest scores 1, the one before 1/2, and so on.
    public func search(_ question: SearchQuestion) -> [SearchHit] {
        numbers[gone...].suffix(max(0, question.limit)).reversed().enumerated().map { rank, number in
            SearchHit(number: number, score: 1 / Double(rank + 1))
        }
    }

    /// There is nothing to do.
    public func improve(upTo steps: Int) -> Bool { false }

    /// Where `number` is or belongs.
    private func position(of number: Int64) -> Int {
        var (low, high) = (gone, numbers.count)
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
