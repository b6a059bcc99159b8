import StreamCore

/// A queue that gives its smallest element first.
package struct Heap<Element: Comparable> {
    private var elements: [Element] = []

    /// The smallest element; nil when there is none.
    package var first: Element? { elements.first }
    /// How many there are.
    package var count: Int { elements.count }

    /// An empty queue.
    package init() {}

    /// Adds an element.
    package mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard elements[child] < elements[parent] else { return }
            elements.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeAll(where isUnwanted: (Element) -> Bool) {
        elements.removeAll(where: isUnwanted)
        // An ascending array is a heap.
        elements.sort()
    }

    /// Takes the smallest element; nil when there is none.
    package mutating func removeFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        elements[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < elements.count {
                if elements[child] < elements[least] { least = child }
            }
            guard least != parent else { return first }
            elements.swapAt(parent, least)
            parent = least
        }
    }
}

/// Something that is due at a moment; the earlier comes first.
struct Due: Comparable {
    let moment: Timestamp
    let sequence: Int64

    static func < (left: Due, right: Due) -> Bool { (left.moment, left.sequence) < (right.moment, right.sequence) }
}
