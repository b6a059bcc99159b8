import Console
import EventLog
import StreamCore

/// The dead letters that a command line names, in parts that fit memory.
struct DeadLetterChoice {
    private let boxes: [DeadLetterBox]
    /// Those named by their ids; nil for all that the filter admits.
    private let named: [(box: DeadLetterBox, letter: DeadLetter)]?
    private let filter: DeadLetterFilter
    private let isAgain: Bool

    /// - Parameters:
    ///   - invocation: the command line.
    ///   - log: where the letters are.
    ///   - again: whether those count too that were handled before.
    /// - Throws: ``CommandError`` when there are none of those names; ``EventLogError``.
    init(_ invocation: Invocation, _ log: any EventLog, again: Bool) throws {
        let (application, names) = (
            try invocation[DeadLetterCommands.application], try invocation[DeadLetterCommands.ids]
        )
        let boxes = try DeadLetterBox.all(invocation, log, application: application)
        self.boxes = boxes
        isAgain = again
        filter = try DeadLetterFilter(invocation, application: application)
        if try invocation[DeadLetterCommands.everything] {
            guard names.isEmpty else { throw CommandError.usage("--all and ids exclude each other") }
            named = nil
        } else {
            guard !names.isEmpty else {
                throw CommandError.usage("which letters?", hint: "write their ids, or --all")
            }
            named = try names.map { try DeadLetterBox.find($0, in: boxes) }
        }
    }

    /// Whether all are meant that the options admit.
    var isOfAll: Bool { named == nil }

    private static let most = (letters: 2_000, bytes: 8 << 20)

    /// Visits the letters, some at a time; those that come while it goes on are not among them.
    func forEachBatch(_ body: (DeadLetterBox, [DeadLetter]) throws -> Void) throws {
        if let named {
            for (box, letter) in named { try body(box, [letter]) }
            return
        }
        for box in boxes {
            var batch: [DeadLetter] = []
            var bytes = 0
            try box.forEach { letter in
                guard filter.admits(letter), isAgain || letter.isOpen else { return true }
                batch.append(letter)
                bytes += (letter.record.value?.count ?? 0) + 1_000
                if batch.count >= Self.most.letters || bytes >= Self.most.bytes {
                    try body(box, batch)
                    (batch, bytes) = ([], 0)
                }
                return true
            }
            if !batch.isEmpty { try body(box, batch) }
        }
    }
}
