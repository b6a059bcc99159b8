import StreamCore

/// What a task keeps beside its committed positions: its stream time and that of its steps, as text.
///
/// `1;<stream time>;<step>=<time>;…` in ms; another first field is another format and is ignored.
struct PositionMetadata: Equatable {
    static let version = "1"
    var streamTime: Timestamp = .unknown
    var steps: [String: Timestamp] = [:]

    init(streamTime: Timestamp = .unknown, steps: [String: Timestamp] = [:]) {
        self.streamTime = streamTime
        self.steps = steps
    }

    init(_ text: String) {
        let fields = text.split(separator: ";", omittingEmptySubsequences: false)
        guard fields.count >= 2, fields[0] == Self.version, let time = Int64(fields[1]) else { return }
        streamTime = Timestamp(milliseconds: time)
        for field in fields.dropFirst(2) {
            guard let split = field.lastIndex(of: "="), let time = Int64(field[field.index(after: split)...]) else {
                continue
            }
            steps[String(field[..<split])] = Timestamp(milliseconds: time)
        }
    }

    var text: String {
        var text = "\(Self.version);\(streamTime)"
        for (step, time) in steps.sorted(by: { $0.key < $1.key }) { text += ";\(step)=\(time)" }
        // Kafka takes 4,096 bytes; the steps' times are then the ones to go.
        return text.utf8.count <= 4_096 ? text : "\(Self.version);\(streamTime)"
    }

    /// The later of the two, field by field: every input of a task carries the same text.
    mutating func merge(_ other: PositionMetadata) {
        streamTime = max(streamTime, other.streamTime)
        steps.merge(other.steps) { max($0, $1) }
    }
}
