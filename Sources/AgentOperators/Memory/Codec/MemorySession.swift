import StreamCore

/// What is known of a session besides its items: a row of `<memory>-sessions`.
struct MemorySession: Sendable, Hashable {
    /// Which life it is in; items of earlier ones are discarded.
    ///
    /// A time of day, so that no two lives share one.
    var epoch: Int64
    /// The number that the next item gets.
    var next: Int64 = 0
    /// No living item has a smaller number.
    var first: Int64 = 0
    /// How many items live.
    var count = 0
    /// How many bytes they take.
    var bytes = 0
    /// No living item expires before; nil when none expires.
    var nextExpiry: Timestamp?
    /// When something was last added or removed, by the owner's clock.
    var touched: Timestamp
    /// The offset of the last command that was applied; -1 before the first.
    var applied: Int64 = -1

    init(startedAt now: Timestamp) {
        epoch = now.milliseconds
        touched = now
    }

    private static let name = "tributary.memory-session"
    private static let version: UInt8 = 1

    /// A version byte, then the numbers.
    static let serde = Serde<MemorySession>(
        description: name,
        encode: { session, writer in
            writer.append(version)
            for number in [
                session.epoch, session.next, session.first, Int64(session.count), Int64(session.bytes),
                session.touched.milliseconds, session.applied,
            ] { writer.append(zigzag: number) }
            writer.append(field: session.nextExpiry)
        },
        decode: { bytes in
            var fields = try MemoryFields(bytes, serde: name, version: version)
            var session = MemorySession(startedAt: Timestamp(milliseconds: try fields.number()))
            session.next = try fields.number()
            session.first = try fields.number()
            session.count = Int(try fields.number())
            session.bytes = Int(try fields.number())
            session.touched = Timestamp(milliseconds: try fields.number())
            session.applied = try fields.number()
            session.nextExpiry = try fields.moment()
            try fields.finish()
            return session
        })
}
