import Console
import EventLog
import StreamCore

/// Where reading a topic starts.
enum StartPosition: Sendable, Hashable {
    /// At the first record that is still there.
    case beginning
    /// Behind the last record.
    case end
    /// At an offset, in each partition.
    case offset(Int64)
    /// So many records before the end, in each partition.
    case last(Int64)
    /// At the first record of each partition that is not older.
    case time(Timestamp)

    init?(_ text: String) {
        switch text {
        case "beginning", "earliest": self = .beginning
        case "end", "latest": self = .end
        default:
            if text.hasPrefix("@") {
                guard let moment = Timestamp(written: String(text.dropFirst())) else { return nil }
                self = .time(moment)
            } else if let number = Int64(text), number != .min {
                self = number < 0 ? .last(-number) : .offset(number)
            } else {
                return nil
            }
        }
    }

    /// The offset to read first in a partition that goes from `offsets.start` to `offsets.end`; never outside of it.
    func offset(in offsets: LogOffsets) -> Int64 {
        switch self {
        case .beginning, .time: offsets.start
        case .end: offsets.end
        case .offset(let offset): min(max(offset, offsets.start), offsets.end)
        case .last(let count): max(offsets.start, offsets.end - min(count, offsets.end - offsets.start))
        }
    }

    /// What is not read although it was reached: records before a moment.
    var notBefore: Timestamp? {
        guard case .time(let moment) = self else { return nil }
        return moment
    }
}

extension ValueFormat where Value == StartPosition {
    static var startPosition: ValueFormat {
        ValueFormat("POSITION") { text throws(ValueProblem) in
            guard let position = StartPosition(text) else {
                throw ValueProblem(
                    "must be beginning, end, an offset, -COUNT or @TIME, not '\(text)'",
                    hint:
                        "for example --from 1200, --from -10 (the last ten of each partition), --from @2026-01-31T12:00:00Z"
                )
            }
            return position
        }
    }
}
