public import StreamCore

/// One entry as it lies on disk, in changelog form.
@usableFromInline struct StoredEntry {
    @usableFromInline let key: Bytes
    @usableFromInline let timestamp: Timestamp
    @usableFromInline let value: Bytes
}

/// Walks a store's entries on disk in the order of their changelog keys: through all segments at once in a window store.
@usableFromInline final class StoredCursor {
    private let layout: StoreLayout
    private let store: String
    private var cursors: [Cursor] = []
    /// The changelog key at each cursor.
    private var heads: [Bytes] = []

    /// Starts at the first changelog key that is not less than `first`.
    @usableFromInline init(_ family: ColumnFamily, _ layout: StoreLayout, from first: Bytes) throws(StateStoreError) {
        self.layout = layout
        store = family.name
        if layout.segment == 0 {
            let start = Bytes([StoreLayout.Area.entries] + first.array)
            try add(family.cursor(from: start, upTo: [StoreLayout.Area.timeIndex]))
            return
        }
        for segment in try Self.segments(of: family) {
            let start = StoredCursor.segmentKey(segment)
            try add(family.cursor(from: Bytes(start.array + first.array), upTo: Self.segmentKey(segment + 1)))
        }
    }

    /// The starts of the segments that have entries on disk.
    static func segments(of family: ColumnFamily) throws(StateStoreError) -> [Int64] {
        let cursor = try family.cursor(from: [StoreLayout.Area.entries], upTo: [StoreLayout.Area.timeIndex])
        var found: [Int64] = []
        while try cursor.isAtKey() {
            var reader = ByteReader(cursor.key[1..<9])
            guard let segment = reader.integer(Int64.self), segment >= 0, segment < .max else {
                throw StateStoreError(.corrupt, "a key of \(cursor.key.count) bytes is no window's", store: family.name)
            }
            found.append(segment)
            cursor.seek(segmentKey(segment + 1))
        }
        return found
    }

    static func segmentKey(_ segment: Int64) -> Bytes {
        var key = ByteWriter()
        key.append(StoreLayout.Area.entries)
        key.append(bigEndian: segment)
        return Bytes(key.bytes)
    }

    /// The changelog key here; nil at the end.
    @usableFromInline var key: Bytes? { heads.first }

    /// The entry here; nil at the end.
    @usableFromInline func entry() throws(StateStoreError) -> StoredEntry? {
        guard let key = heads.first, let cursor = cursors.first else { return nil }
        guard let (timestamp, value) = layout.split(cursor.value) else {
            throw StateStoreError(.corrupt, "the value of key \(key) is cut off", store: store)
        }
        return StoredEntry(key: key, timestamp: timestamp, value: value)
    }

    /// Moves to the next changelog key.
    @usableFromInline func advance() throws(StateStoreError) {
        guard let cursor = cursors.first else { return }
        cursors.removeFirst()
        heads.removeFirst()
        cursor.advance()
        try add(cursor)
    }

    /// Keeps the cursors in the order of their heads; there are few.
    private func add(_ cursor: Cursor) throws(StateStoreError) {
        guard try cursor.isAtKey() else { return }
        let whole = cursor.key
        let key = whole[layout.keyPrefix..<whole.count]
        let place = heads.firstIndex { key < $0 } ?? heads.count
        heads.insert(key, at: place)
        cursors.insert(cursor, at: place)
    }
}
