import StateStores
import StreamCore
import Topology

/// A step's place in the journal: the request's number and a running index; byte order is order.
struct StepKey: Hashable, Sendable {
    let sequence: Int64
    let index: Int32
}

/// What the journal has of one thing that a handler asked its context for.
struct StepEntry: Sendable, Equatable {
    /// What was asked for.
    enum Kind: UInt8, Sendable {
        case step = 0
        case now = 1
        case random = 2
        case sleep = 3
        /// Something that is answered from outside: an approval, a question to another agent.
        case external = 4
        /// Something that is sent and not answered.
        case note = 5
    }

    /// How far it is.
    enum State: UInt8, Sendable {
        /// Asked or begun; the value of an external is what was asked.
        case open = 0
        /// Over; the value is what came of it.
        case done = 1
        /// Answered with a failure, which is the value, as JSON.
        case failed = 2
        /// Nobody answered in time.
        case expired = 3
    }

    var kind: Kind
    /// Which kind of external or note.
    var detail = ""
    var name: String
    /// How often the name was used before in the same handler.
    var occurrence: Int
    var state: State
    var value: Bytes?
    /// When it was first written.
    var at: Timestamp
    /// When a wait is over without an answer.
    var due: Timestamp?
    /// The request's deadline as this wait moved it.
    var deadline: Timestamp?
    /// The instance that wrote it.
    var writer: String
    /// The handler's version.
    var version: String

    /// How many bytes it takes at most in the journal.
    var byteCount: Int {
        128 + detail.utf8.count + name.utf8.count + writer.utf8.count + version.utf8.count + (value?.count ?? 0)
    }

    /// What it is found by when the handler is run again.
    var place: StepPlace { StepPlace(kind: kind, name: name, occurrence: occurrence) }
}

/// How a handler's run finds an entry: by name and occurrence; times and random numbers have no names.
struct StepPlace: Hashable {
    let group: UInt8
    let name: String
    let occurrence: Int

    init(kind: StepEntry.Kind, name: String, occurrence: Int) {
        group =
            switch kind {
            case .now, .random, .sleep: kind.rawValue
            case .step, .external, .note: .max
            }
        self.name = name
        self.occurrence = occurrence
    }
}

extension StepKey {
    static let serde = Serde<StepKey>(
        description: "tributary.step-key",
        encode: { key, writer in
            writer.append(bigEndian: key.sequence)
            writer.append(bigEndian: key.index)
        },
        decode: { bytes in
            var reader = ByteReader(bytes)
            guard bytes.count == 12, let sequence = reader.integer(Int64.self), let index = reader.integer(Int32.self)
            else {
                throw SerdeError(
                    .malformed, serde: "tributary.step-key", reason: "\(bytes.count) bytes instead of 12")
            }
            return StepKey(sequence: sequence, index: index)
        })
}

extension StepEntry {
    /// The journal's format: a version byte, then fields with lengths; another version is refused.
    static let serde = Serde<StepEntry>(
        description: "tributary.step-entry", encode: { entry, writer in entry.write(into: &writer) },
        decode: { bytes in try StepEntry(reading: bytes) })

    private static let format: UInt8 = 1

    private func write(into writer: inout ByteWriter) {
        writer.append(Self.format)
        writer.append(kind.rawValue)
        writer.append(state.rawValue)
        writer.append(text: detail)
        writer.append(text: name)
        writer.append(zigzag: Int64(occurrence))
        writer.append(run: value)
        writer.append(zigzag: at.milliseconds)
        for moment in [due, deadline] {
            writer.append(moment == nil ? 0 : 1)
            if let moment { writer.append(zigzag: moment.milliseconds) }
        }
        writer.append(text: self.writer)
        writer.append(text: version)
    }

    private init(reading bytes: Bytes) throws {
        var reader = EntryReader(bytes, of: "tributary.step-entry")
        guard try reader.byte() == Self.format else {
            throw SerdeError(
                .malformed, serde: "tributary.step-entry",
                reason: "written by another version: finish its requests with that version, or reset the application")
        }
        guard let kind = Kind(rawValue: try reader.byte()), let state = State(rawValue: try reader.byte()) else {
            throw reader.damaged
        }
        let (detail, name) = (try reader.text(), try reader.text())
        guard let occurrence = Int(exactly: try reader.number()) else { throw reader.damaged }
        let value = try reader.run()
        let at = Timestamp(milliseconds: try reader.number())
        let due = try reader.byte() == 0 ? nil : try reader.number()
        let deadline = try reader.byte() == 0 ? nil : try reader.number()
        let (writer, version) = (try reader.text(), try reader.text())
        guard reader.isAtEnd else { throw reader.damaged }
        self.init(
            kind: kind, detail: detail, name: name, occurrence: occurrence, state: state, value: value, at: at,
            due: due.map { Timestamp(milliseconds: $0) }, deadline: deadline.map { Timestamp(milliseconds: $0) },
            writer: writer, version: version)
    }
}

extension StoreDefinition where Key == StepKey, Value == StepEntry {
    /// The journal of handlers' steps.
    static func stepJournal(_ name: String) -> StoreDefinition {
        .journal(name, key: StepKey.serde, value: StepEntry.serde)
    }
}
