import StreamCore

/// How far the partial replies to one request have come.
struct PartProgress: Sendable, Hashable {
    /// The server's run whose parts these are.
    let attempt: Int
    /// The number of the part that is forwarded next.
    private(set) var next = 0
    /// Parts that came before their turn.
    private var ahead: [Int: Bytes?] = [:]

    /// What becomes of a part.
    enum Step: Equatable {
        case duplicate
        case tooFarAhead
        case kept
        /// It and those that waited for it.
        case next([Bytes?])
    }

    private static let mostAhead = 256

    init(attempt: Int) { self.attempt = attempt }

    mutating func take(_ index: Int, _ payload: Bytes?) -> Step {
        guard index >= next, ahead[index] == nil else { return .duplicate }
        guard index == next else {
            guard ahead.count < Self.mostAhead else { return .tooFarAhead }
            ahead[index] = .some(payload?.compact)
            return .kept
        }
        var ready = [payload]
        next += 1
        while let waiting = ahead.removeValue(forKey: next) {
            ready.append(waiting)
            next += 1
        }
        return .next(ready)
    }
}

extension PartProgress {
    private static let version: UInt8 = 1

    /// A version byte, attempt, next, then the parts ahead: number, length + 1 (0 is null), bytes.
    static let serde = Serde<PartProgress>(
        description: "tributary.part-progress",
        encode: { progress, writer in
            writer.append(version)
            writer.append(varint: UInt64(clamping: progress.attempt))
            writer.append(varint: UInt64(clamping: progress.next))
            for (index, payload) in progress.ahead.sorted(by: { $0.key < $1.key }) {
                writer.append(varint: UInt64(clamping: index))
                writer.append(varint: payload.map { UInt64($0.count) + 1 } ?? 0)
                if let payload { writer.append(payload) }
            }
        },
        decode: { bytes in
            var reader = ByteReader(bytes)
            guard reader.integer(UInt8.self) == version, let attempt = reader.varint(), let next = reader.varint()
            else { throw damaged }
            var progress = PartProgress(attempt: Int(clamping: attempt))
            progress.next = Int(clamping: next)
            while reader.remaining > 0 {
                guard let index = reader.varint(), let length = reader.varint() else { throw damaged }
                guard length > 0 else {
                    progress.ahead[Int(clamping: index)] = .some(nil)
                    continue
                }
                guard length - 1 <= UInt64(reader.remaining), let run = reader.run(Int(length - 1)) else {
                    throw damaged
                }
                progress.ahead[Int(clamping: index)] = .some(run.compact)
            }
            return progress
        })

    private static let damaged = SerdeError(
        .malformed, serde: "tributary.part-progress", reason: "the entry is damaged or of another version")
}
